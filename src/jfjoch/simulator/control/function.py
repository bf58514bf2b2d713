"""A function of a detector server: what comes with it, what goes back, what it does."""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jfjoch.errors import DetectorError
from jfjoch.model.detector import DetectorType
from jfjoch.simulator.control.board import Board
from jfjoch.simulator.control.board_set import BoardSet

Value = int | bytes
Arguments = tuple[int, ...]
Handler = Callable[[BoardSet, Board, Arguments], tuple[Value, ...]]
BOTH: tuple[DetectorType, ...] = ("JUNGFRAU", "EIGER")
ANY_INT64 = range(-(2**63), 2**63)
ASK = -1
"""Argument of functions that set and get: tell, change nothing."""


@dataclass(frozen=True, slots=True)
class Function:
    """One function; formats are those of ``struct``, little endian, without the sign for that."""

    name: str
    arguments: str
    answer: str
    handler: Handler
    meaning: str
    """For the documentation."""
    detectors: tuple[DetectorType, ...] = BOTH
    further_arguments: Callable[[Arguments], int] | None = None
    """How many more int32 follow the arguments; DetectorError if so many can't be right."""
    waits: bool = False
    """It may take as long as a frame, and must not keep others from being answered."""

    @property
    def argument_bytes(self) -> int:
        """Bytes that follow the function's number."""
        return struct.calcsize("<" + self.arguments)

    def unpack(self, data: bytes) -> Arguments:
        """Return the arguments in ``argument_bytes`` bytes."""
        return struct.unpack("<" + self.arguments, data)

    def call(self, boards: BoardSet, board: Board, arguments: Arguments) -> bytes:
        """Do it; the bytes of the answer. Raises DetectorError when it can't be done."""
        return struct.pack("<" + self.answer, *self.handler(boards, board, arguments))


@dataclass(frozen=True, slots=True)
class Setting:
    """A number a board remembers."""

    group: str
    """Field of ``Board``."""
    name: str
    allowed: Sequence[int] = ANY_INT64

    def read(self, board: Board) -> int:
        """Return it."""
        value: int = getattr(getattr(board, self.group), self.name)
        return value

    def write(self, board: Board, value: int) -> None:
        """Keep it. Raises DetectorError, with nothing changed, unless it is allowed."""
        if value not in self.allowed:
            raise DetectorError(
                f"{self.name} of board {board.index}: {_in_words(self.allowed)} expected,"
                f" {value} came"
            )
        setattr(getattr(board, self.group), self.name, value)

    def get_handler(self, _: BoardSet, board: Board, __: Arguments) -> tuple[Value, ...]:
        """Answer with it."""
        return (self.read(board),)

    def set_handler(self, _: BoardSet, board: Board, arguments: Arguments) -> tuple[Value, ...]:
        """Set it to the last argument; nothing goes back."""
        self.write(board, arguments[-1])
        return ()

    def both_handler(self, _: BoardSet, board: Board, arguments: Arguments) -> tuple[Value, ...]:
        """Set it unless asked for, and answer with it."""
        if arguments[-1] != ASK:
            self.write(board, arguments[-1])
        return (self.read(board),)


def _in_words(allowed: Sequence[int]) -> str:
    if isinstance(allowed, range):
        return f"{allowed[0]} to {allowed[-1]}"
    return " or ".join(str(value) for value in allowed)


def get_and_set(
    name: str,
    form: str,
    setting: Setting,
    meaning: str,
    detectors: tuple[DetectorType, ...] = BOTH,
) -> list[Function]:
    """Return the two functions get_NAME and set_NAME."""
    return [
        Function(f"get_{name}", "", form, setting.get_handler, meaning, detectors),
        Function(f"set_{name}", form, "", setting.set_handler, meaning, detectors),
    ]


def get_or_set(
    name: str, setting: Setting, meaning: str, detectors: tuple[DetectorType, ...] = BOTH
) -> list[Function]:
    """Return the one function that sets an int32, or with -1 only tells it."""
    return [Function(name, "i", "i", setting.both_handler, meaning, detectors)]
