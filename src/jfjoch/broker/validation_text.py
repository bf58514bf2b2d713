"""What is wrong with settings, in words: where, what was expected, what came."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

_WITHOUT_VALUE = {
    "missing": "expected a value, got none",
    "extra_forbidden": "unknown key; remove it or correct its name",
}
_EXPECTED = {
    "greater_than_equal": "a value >= {ge}",
    "less_than_equal": "a value <= {le}",
    "greater_than": "a value > {gt}",
    "less_than": "a value < {lt}",
    "finite_number": "a finite number",
    "float_type": "a number",
    "int_type": "an integer",
    "int_parsing": "an integer",
    "int_parsing_size": "an integer",
    "bool_type": "true or false",
    "string_type": "a text",
    "string_too_short": "a text of at least {min_length} character(s)",
    "literal_error": "{expected}",
    "list_type": "a list",
    "too_short": "a list of at least {min_length} item(s)",
    "too_long": "a list of at most {max_length} item(s)",
    "dict_type": "a JSON object",
    "model_type": "a JSON object",
    "model_attributes_type": "a JSON object",
}
"""What pydantic's kinds of error expect; others speak for themselves."""
_LONGEST_VALUE = 80
_LISTED_ERRORS = 10


def json_path(location: Sequence[str | int]) -> str:
    """Write a location as a JSON path, e.g. ``detector[0].standard_geometry.nmodules``."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else part
    return path


def error_line(error: Mapping[str, Any], location: Sequence[str | int]) -> str:
    """Return one line about one entry of pydantic's ``errors()``."""
    return f"{json_path(location) or 'the whole'}: {_expectation(error)}"


def error_lines(errors: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return a line about each of the first errors."""
    return [error_line(error, error["loc"]) for error in list(errors)[:_LISTED_ERRORS]]


def first_error(error: ValidationError) -> str:
    """Return the line about the first error."""
    return error_lines(error.errors(include_url=False))[0]


def _expectation(error: Mapping[str, Any]) -> str:
    kind = error["type"]
    if kind in _WITHOUT_VALUE:
        return _WITHOUT_VALUE[kind]
    if kind in _EXPECTED:
        expected = "expected " + _EXPECTED[kind].format(**error.get("ctx", {}))
    else:
        expected = str(error["msg"]).removeprefix("Value error, ")
    return f"{expected}, got {_shown(error['input'])}"


def _shown(value: Any) -> str:
    text = json.dumps(value, default=lambda other: type(other).__name__)
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "..."
