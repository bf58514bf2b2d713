"""Write the list of all keys of the streams from messages that the encoders make.

Usage: stream_reference.py [--check] PAGE

``--check`` writes nothing and fails when PAGE is out of date. Keys and types come from messages
in which nothing is left out; units and meanings stand in ``stream_keys.json``, where none may be
missing and none may be left over.
"""

import json
import sys
import types
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import cbor2
import numpy as np
from generated_page import write_or_check

from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.metadata import MetadataMessage
from jfjoch.messages.start import StartMessage
from jfjoch.model.roi import NO_ROI, RoiDefinitions
from jfjoch.stream.cbor.calibration import encode_calibration
from jfjoch.stream.cbor.end import encode_end
from jfjoch.stream.cbor.image import encode_image
from jfjoch.stream.cbor.metadata import encode_metadata
from jfjoch.stream.cbor.start_encoder import encode_start

HEADER = """# Keys of the streams

Made from the code by `scripts/docs`; do not edit by hand. When which message is sent, and how
arrays are encoded, is in [streams](stream.md). A key without a value is left out. A dot stands for
a map within a map, `[]` for each entry of a list. Pixel coordinates are whole numbers at centres of
pixels.
"""
MEANINGS = Path(__file__).with_name("stream_keys.json")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
OPAQUE = {"user_data.user", "user_data.rois"}
"""Maps that are given by users, or described elsewhere."""
_TEXTS = {"dtype": "uint16", "algorithm": "bslz4", "name": "<name>"}
_TYPED_ARRAYS = {69: "uint16", 70: "uint32", 71: "uint64", 85: "float32", 86: "float64"}
_PLAIN_TYPES: dict[type, tuple[Any, str]] = {
    bool: (True, "boolean"),
    int: (1, "integer"),
    float: (1.0, "float"),
    str: ("text", "text"),
    datetime: (NOW, "date-time"),
    bytes: (b"", "bytes"),
}
_MATRIX, _COMPRESSED = 40, 56500

M = TypeVar("M")


def page() -> str:
    """Return the whole page."""
    meanings: dict[str, dict[str, str]] = json.loads(MEANINGS.read_text(encoding="utf-8"))
    lines = [HEADER]
    for title, message in _messages():
        found = dict(_entries(message))
        _compare(title, found.keys(), meanings[title].keys())
        lines += [f"## {title}\n", "| key | type | means |", "|---|---|---|"]
        lines += [f"| `{key}` | {found[key]} | {meanings[title][key]} |" for key in found]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _compare(title: str, found: Any, described: Any) -> None:
    if found != described:
        missing, left_over = sorted(found - described), sorted(described - found)
        raise SystemExit(
            f"{MEANINGS}: {title}: describe {missing or 'no more'}, drop {left_over or 'nothing'}"
        )


def _messages() -> Iterator[tuple[str, dict[str, Any]]]:
    """Decode one of each; cbor2 alone, as any reader would."""
    image = _full(ImageMessage)
    yield "start", cbor2.loads(encode_start(_full(StartMessage)))
    yield "calibration", cbor2.loads(encode_calibration(_full(CalibrationMessage)))
    yield "image", cbor2.loads(encode_image(image, NOW))
    (part,) = encode_metadata(MetadataMessage(1, "text", (image.without_pixels(),)), NOW)
    metadata = cbor2.loads(part)
    metadata["images"] = [{}]
    yield "metadata", metadata
    yield "end", cbor2.loads(encode_end(_full(EndMessage)))


def _full(kind: type[M]) -> M:
    """Make one in which no optional part is missing."""
    hints = get_type_hints(kind)
    assert is_dataclass(kind)
    return kind(**{f.name: _value(hints[f.name], f.name) for f in fields(kind)})


def _value(hint: Any, name: str) -> Any:
    if name in _TEXTS:
        return _TEXTS[name]
    if is_dataclass(hint):
        return _full(hint)  # type: ignore[arg-type]
    if get_origin(hint) in (Union, types.UnionType):
        return _value(get_args(hint)[0], name)
    if get_origin(hint) is tuple:
        return tuple(_value(one, name) for one in get_args(hint) if one is not Ellipsis)
    if get_origin(hint) is np.ndarray:
        return _array(hint, name)
    if hint is RoiDefinitions:
        return NO_ROI
    return {} if hint is Any else _PLAIN_TYPES[hint][0]


def _array(hint: Any, name: str) -> Any:
    (element,) = get_args(get_args(hint)[1])
    return np.zeros((2, 2) if name in ("pixel_mask", "values") else 2, element)


def _entries(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and value and name not in OPAQUE:
            yield from _entries(value, f"{name}.")
        elif isinstance(value, list) and isinstance(value[0], dict) and value[0]:
            yield from _entries(value[0], f"{name}[].")
        else:
            yield name, _type(value)


def _type(value: Any) -> str:
    if isinstance(value, cbor2.CBORTag):
        return _tagged(value)
    if isinstance(value, dict):
        return "map"
    if isinstance(value, list):
        kinds = {_type(one) for one in value}
        count = f"{len(value)} " if len(value) > 1 else ""
        return f"list of {count}{kinds.pop()}" if len(kinds) == 1 else "list"
    return _PLAIN_TYPES[type(value)][1]


def _tagged(tag: cbor2.CBORTag) -> str:
    if tag.tag == _MATRIX:
        inner = tag.value[1]
        compressed = isinstance(inner.value, cbor2.CBORTag) and inner.value.tag == _COMPRESSED
        return "matrix, compressed" if compressed else f"matrix of {_TYPED_ARRAYS[inner.tag]}"
    return f"array of {_TYPED_ARRAYS[tag.tag]}"


if __name__ == "__main__":
    sys.exit(write_or_check(sys.argv[1:], "Write the list of stream keys.", page))
