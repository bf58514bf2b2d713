"""What users append to start and images: any JSON value, as long as every receiver can take it."""

import json
from typing import Any

from jfjoch.errors import InvalidInput, StreamError
from jfjoch.stream.cbor.excerpt import excerpt
from jfjoch.stream.cbor.memory_budget import SMALLEST_BUDGET, VALUE_COST, text_cost
from jfjoch.stream.cbor.reader import MAX_DEPTH

MAX_APPENDIX_DEPTH = MAX_DEPTH - 3
"""Levels left inside the message, its user_data and the appendix' own key."""
MAX_APPENDIX_COST = SMALLEST_BUDGET // 2
"""Half of the memory that a reader grants even to a small message."""

_LARGEST_INTEGER = 2**64


def check_appendix(name: str, value: Any) -> None:
    """Raise InvalidInput, naming the appendix, unless every reader of the stream can take it.

    Taken are JSON values nested at most ``MAX_APPENDIX_DEPTH`` deep, with integers of at most
    64 bits, of up to about 10,000 values or 1 MB of ASCII text.
    """
    cost = _cost(name, value, MAX_APPENDIX_DEPTH)
    if cost > MAX_APPENDIX_COST:
        raise InvalidInput(
            f"{name}: too large for the image stream: takes {cost} bytes, allowed"
            f" {MAX_APPENDIX_COST} ({VALUE_COST} per value and the length of texts)"
        )


def _cost(name: str, value: Any, depth_left: int) -> int:
    """Bytes that a reader charges for ``value``."""
    if isinstance(value, dict | list) and depth_left == 0:
        raise InvalidInput(f"{name}: nested deeper than {MAX_APPENDIX_DEPTH}")
    if isinstance(value, dict):
        parts = [part for entry in value.items() for part in entry]
        return VALUE_COST + sum(_cost(name, part, depth_left - 1) for part in parts)
    if isinstance(value, list):
        return VALUE_COST + sum(_cost(name, part, depth_left - 1) for part in value)
    if isinstance(value, str):
        return VALUE_COST + text_cost(value)
    _check_number(name, value)
    return VALUE_COST


def _check_number(name: str, value: Any) -> None:
    if isinstance(value, int) and not -_LARGEST_INTEGER <= value < _LARGEST_INTEGER:
        raise InvalidInput(f"{name}: integers of more than 64 bits are not possible")
    if value is not None and not isinstance(value, int | float):
        raise InvalidInput(f"{name}: {type(value).__name__} is not a JSON value")


def read_json_object(name: str, text: str) -> dict[str, object]:
    """Return the JSON object in ``text``, the form in which DECTRIS detectors send user_data."""
    if VALUE_COST * sum(text.count(mark) for mark in ",:[{") > SMALLEST_BUDGET:
        raise StreamError(f"{name}: JSON text of {len(text)} characters has too many values")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise StreamError(f"{name}: expected a map or a JSON object, got {excerpt(text)}")
    return value
