"""What goes between the broker and the process that holds slsdet."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """Something to be done."""

    verb: str
    """A method of ``SlsdetCalls``."""
    arguments: tuple[Any, ...]
    time_limit_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The result, or why there is none."""

    result: Any = None
    error: str | None = None
