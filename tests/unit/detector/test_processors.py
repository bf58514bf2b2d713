"""Threads on the processors numa_policy asks for."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from jfjoch.detector.processors import Processors

T = TypeVar("T")


def machine(directory: Path, *nodes: str) -> Path:
    """A machine whose NUMA nodes have these processors."""
    for number, processors in enumerate(nodes):
        (directory / f"node{number}").mkdir()
        (directory / f"node{number}" / "cpulist").write_text(processors + "\n")
    return directory


def in_a_thread(work: Callable[[], T]) -> T:
    results: list[T] = []
    thread = threading.Thread(target=lambda: results.append(work()))
    thread.start()
    thread.join()
    return results[0]


def affinity_of_thread(processors: Processors, number: int) -> set[int]:
    def pinned() -> set[int]:
        processors.pin(number)
        return os.sched_getaffinity(0)

    return in_a_thread(pinned)


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two processors")
@pytest.mark.parametrize("policy", ["n2", "n2g2", "n2g4_hbm"])
def test_threads_are_dealt_to_nodes(policy: str, tmp_path: Path) -> None:
    first, second = sorted(os.sched_getaffinity(0))[:2]
    processors = Processors.of_policy(policy, machine(tmp_path, str(first), f"{second}-{second}"))
    assert [affinity_of_thread(processors, n) for n in range(3)] == [{first}, {second}, {first}]


@pytest.mark.parametrize("policy", [None, ""])
def test_without_a_policy_threads_run_anywhere(policy: str | None) -> None:
    before = os.sched_getaffinity(0)
    assert affinity_of_thread(Processors.of_policy(policy), 0) == before


def test_an_unknown_policy_is_told_and_not_used(caplog: pytest.LogCaptureFixture) -> None:
    before = os.sched_getaffinity(0)
    assert affinity_of_thread(Processors.of_policy("fast"), 0) == before
    assert "numa_policy: expected n and a number of nodes" in caplog.text


def test_fewer_nodes_than_asked_for_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = min(os.sched_getaffinity(0))
    processors = Processors.of_policy("n8g4", machine(tmp_path, str(first), "1000-1003"))
    assert affinity_of_thread(processors, 5) == {first}
    assert "1 NUMA nodes" in caplog.text
