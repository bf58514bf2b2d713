"""Whether boards answer at all; slsdet would wait for minutes and name only one."""

import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from jfjoch.detector.sls.boards import Board

_CONNECT_S = 3.0
_AT_ONCE = 64


def unreachable(boards: Sequence[Board]) -> list[str]:
    """Return ``host:port (reason)`` of those whose control port takes no connection."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [text for text in pool.map(_objection, boards) if text]


def _objection(board: Board) -> str:
    try:
        socket.create_connection((board.host, board.control_port), _CONNECT_S).close()
    except OSError as error:
        return f"{board.host}:{board.control_port} ({error.strerror or error})"
    return ""
