"""Which boards a detector has, and how they are reached."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from jfjoch.errors import ConfigurationError
from jfjoch.model.detector import Detector, DetectorType

BOARDS_PER_MODULE: dict[DetectorType, int] = {"JUNGFRAU": 1, "EIGER": 2}
"""Half a module of an EIGER, top or bottom, is a board with a hostname of its own."""

CONTROL_PORT = 1952
"""Of a board, unless its hostname names another one."""
_PORTS = range(1, 65535)
"""Each board has a stop port, one higher."""


@dataclass(frozen=True, slots=True)
class Board:
    """What answers at one hostname."""

    host: str
    control_port: int

    @property
    def is_loopback(self) -> bool:
        """Whether it is in this machine."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def is_simulator(boards: Sequence[Board]) -> bool:
    """Tell whether all of them are in this machine."""
    return all(board.is_loopback for board in boards)


def boards_of(detector: Detector) -> list[Board]:
    """Return the boards in the order of ``hostname``.

    Raises:
        ConfigurationError: too few or too many hostnames, or one that is no ``host[:port]``.
    """
    per_module = BOARDS_PER_MODULE[detector.type]
    expected = per_module * detector.module_count
    if len(detector.hostname) != expected:
        halves = " (top and bottom half of each module)" if per_module > 1 else ""
        raise ConfigurationError(
            f"{detector.description}: {expected} entries in hostname expected for"
            f" {detector.module_count} modules, detector type {detector.type}{halves};"
            f" got {len(detector.hostname)}"
        )
    boards = [_board(entry) for entry in detector.hostname]
    if len(set(boards)) < len(boards):
        raise ConfigurationError(
            f"{detector.description}: every entry of hostname is another board;"
            f" got {', '.join(detector.hostname)}"
        )
    return boards


def _board(entry: str) -> Board:
    host, _, port = entry.partition(":")
    if not host or (port and not port.isdecimal()) or int(port or 1) not in _PORTS:
        raise ConfigurationError(
            f'hostname entries are "name" or "name:port", IPv4 only, port 1 to 65534; got "{entry}"'
        )
    return Board(host, int(port) if port else CONTROL_PORT)
