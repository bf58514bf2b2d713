"""Whether a JSON value is what the published contract promises."""

import json
from collections.abc import Iterator
from typing import Any

from tests.helpers.published_contract import Field, fields_of, values_of

_TYPES: dict[str, type | tuple[type, ...]] = {
    "integer": int,
    "number": (int, float),
    "string": str,
    "boolean": bool,
}


def read_json(body: bytes) -> Any:
    """Parse strictly: NaN and infinity are no JSON."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    return json.loads(body, parse_constant=refuse)


def violations(model: str, value: Any) -> list[str]:
    """Say what in the value is not as the contract has it; ``model`` may be ``array<...>``."""
    if model.startswith("array<"):
        item = model.removeprefix("array<").removesuffix(">")
        return list(_of_array("", {"items": _item(item)}, value))
    return list(_of_object("", model, value))


def _item(name: str) -> Field:
    return {"type": name} if name in _TYPES else {"type": "ref", "model": name}


def _of_object(place: str, model: str, value: Any) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place}: expected an object, got {value!r:.80}"
        return
    fields = fields_of(model)
    for unknown in value.keys() - fields.keys():
        yield f"{place}.{unknown}: not in {model}"
    for name, field in fields.items():
        if name in value:
            yield from _of_field(f"{place}.{name}", field, value[name])
        elif field["required"]:
            yield f"{place}.{name}: missing"


def _of_field(place: str, field: Field, value: Any) -> Iterator[str]:
    allowed = values_of(field)
    if allowed is not None:
        if value not in allowed or isinstance(value, bool):
            yield f"{place}: {value!r} is not one of {allowed}"
    elif field["type"] == "ref":
        yield from _of_object(place, field["model"], value)
    elif field["type"] == "array":
        yield from _of_array(place, field, value)
    elif field["type"] != "any":
        yield from _of_scalar(place, field, value)


def _of_array(place: str, field: Field, value: Any) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{place}: expected an array, got {value!r:.80}"
        return
    if not field.get("min_length", 0) <= len(value) <= field.get("max_length", len(value)):
        yield f"{place}: {len(value)} long"
    for number, item in enumerate(value):
        yield from _of_field(f"{place}[{number}]", field["items"], item)


def _of_scalar(place: str, field: Field, value: Any) -> Iterator[str]:
    # bool is an int for Python, 1.0 is none for a generated client.
    wanted = _TYPES[field["type"]]
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        yield f"{place}: expected {field['type']}, got {value!r:.80}"
        return
    size = len(value) if isinstance(value, str) else value
    least = field.get("min_length" if isinstance(value, str) else "min", size)
    most = field.get("max_length" if isinstance(value, str) else "max", size)
    if not least <= size <= most or size == field.get("exclusive_min"):
        yield f"{place}: {value!r:.80} is out of range"
