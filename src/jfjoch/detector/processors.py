"""Which processors threads run on."""

import logging
import os
import re
from collections.abc import Sequence
from pathlib import Path

_logger = logging.getLogger(__name__)

_NODES = Path("/sys/devices/system/node")
_POLICY = re.compile(r"n([1-9]\d*)(g\d+)?(_\w+)?")


class Processors:
    """Deals threads to NUMA nodes in turn; with no nodes, threads run anywhere."""

    def __init__(self, nodes: Sequence[frozenset[int]] = ()) -> None:
        """Take the processors of each node."""
        self._nodes = list(nodes)

    @classmethod
    def of_policy(cls, policy: str | None, directory: Path = _NODES) -> "Processors":
        """Return what ``numa_policy`` asks for: ``n<nodes>``, and more that is for other devices.

        A policy that can't be had is warned about, and threads run anywhere.
        """
        if not policy:
            return cls()
        match = _POLICY.fullmatch(policy)
        if match is None:
            _logger.warning(
                "numa_policy: expected n and a number of nodes, as n2; got %r, not used", policy
            )
            return cls()
        present = _present_nodes(directory)
        wanted = int(match[1])
        if wanted > len(present):
            _logger.warning(
                "numa_policy %s: this machine has %d NUMA nodes, all are used", policy, len(present)
            )
        return cls(present[:wanted])

    def pin(self, number: int) -> None:
        """Keep the calling thread on the node that is its turn."""
        if self._nodes:
            os.sched_setaffinity(0, self._nodes[number % len(self._nodes)])


ANYWHERE = Processors()


def _present_nodes(directory: Path) -> list[frozenset[int]]:
    """Return the processors of each node that this process may use."""
    allowed = os.sched_getaffinity(0)
    numbered = sorted(directory.glob("node[0-9]*"), key=lambda node: int(node.name[4:]))
    lists = [_processors((node / "cpulist").read_text("ascii")) & allowed for node in numbered]
    return [node for node in lists if node]


def _processors(text: str) -> frozenset[int]:
    """Read a list such as 0-3,8."""
    found: set[int] = set()
    for part in filter(None, text.strip().split(",")):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)
