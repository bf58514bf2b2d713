"""JSON in files, on standard input and on standard output."""

import json
import sys
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from jfjoch.broker.validation_text import first_error
from jfjoch.errors import InvalidInput

STANDARD_INPUT = "-"

M = TypeVar("M", bound=BaseModel)


def read_settings(name: str, model: type[M]) -> M:
    """Read settings from the file ``name``, or standard input where it is "-".

    Raises InvalidInput naming file, JSON path, what was expected and what came. An unknown key is
    an error too: the broker would ignore a mistyped name.
    """
    shown = "standard input" if name == STANDARD_INPUT else name
    try:
        return model.model_validate(_parse(_read(name)), extra="forbid")
    except OSError as error:
        raise InvalidInput(f"{shown}: expected a file, got: {error.strerror}") from error
    except ValidationError as error:
        raise InvalidInput(f"{shown}: {first_error(error)}") from error
    except ValueError as error:
        raise InvalidInput(f"{shown}: expected JSON: {error}") from error


def as_json(value: Any) -> str:
    """Return a value as indented JSON in ASCII, which no terminal takes for a command."""
    return json.dumps(value, indent=2).replace("\x7f", "\\u007f")


def _read(name: str) -> bytes:
    return sys.stdin.buffer.read() if name == STANDARD_INPUT else Path(name).read_bytes()


def _parse(text: bytes) -> Any:
    return from_json(text, allow_inf_nan=False)
