"""Write the list of all keys of the streams from messages that the encoders make.

Usage: stream_reference.py [--check] PAGE

``--check`` writes nothing and fails when PAGE is out of date. Keys and types come from messages
in which nothing is left out; units and meanings stand in ``stream_keys.json``, where none may be
missing and none may be left over.
"""

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import cbor2
from full_message import NOW, full_message
from generated_page import write_or_check

from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.metadata import MetadataMessage
from jfjoch.messages.start import StartMessage
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
OPAQUE = {"user_data.user", "user_data.rois"}
"""Maps that are given by users, or described elsewhere."""
_TYPED_ARRAYS = {69: "uint16", 70: "uint32", 71: "uint64", 85: "float32", 86: "float64"}
_PLAIN_TYPES: dict[type, str] = {
    bool: "boolean",
    int: "integer",
    float: "float",
    str: "text",
    datetime: "date-time",
    bytes: "bytes",
}
_MATRIX, _COMPRESSED = 40, 56500


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
    image = full_message(ImageMessage)
    yield "start", cbor2.loads(encode_start(full_message(StartMessage)))
    yield "calibration", cbor2.loads(encode_calibration(full_message(CalibrationMessage)))
    yield "image", cbor2.loads(encode_image(image, NOW))
    (part,) = encode_metadata(MetadataMessage(1, "text", (image.without_pixels(),)), NOW)
    metadata = cbor2.loads(part)
    metadata["images"] = [{}]
    yield "metadata", metadata
    yield "end", cbor2.loads(encode_end(full_message(EndMessage)))


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
    return _PLAIN_TYPES[type(value)]


def _tagged(tag: cbor2.CBORTag) -> str:
    if tag.tag == _MATRIX:
        inner = tag.value[1]
        compressed = isinstance(inner.value, cbor2.CBORTag) and inner.value.tag == _COMPRESSED
        return "matrix, compressed" if compressed else f"matrix of {_TYPED_ARRAYS[inner.tag]}"
    return f"array of {_TYPED_ARRAYS[tag.tag]}"


if __name__ == "__main__":
    sys.exit(write_or_check(sys.argv[1:], "Write the list of stream keys.", page))
