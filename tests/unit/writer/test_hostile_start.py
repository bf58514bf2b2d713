"""Whatever a start message says in its numbers and texts, the writer goes on."""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import cbor2
import h5py
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jfjoch.errors import StreamError
from jfjoch.messages.start import StartMessage
from jfjoch.stream.cbor.decode import decode
from jfjoch.stream.cbor.start_encoder import encode_start
from jfjoch.stream.report_json import MAX_REPORT_BYTES, encode_report
from tests.helpers.given_analysis import analysed_start
from tests.helpers.writer_bench import WriterBench
from tests.helpers.writer_messages import end_message, image_message, start_message

KeyPath = tuple[str | int, ...]
IMAGES = 2
_INTEGERS = (0, 1, 230, 231, 2**31, 2**32, 2**40, 2**53, 2**63 - 1, -1, -(2**31), 1 - 2**63)
_NUMBERS = (0.0, -0.0, -1.0, 5e-324, 1e-30, 1e30, sys.float_info.max, -sys.float_info.max)
_TEXTS = {text: text for text in ("", "\0", "\n", "/", ".", "..", "%s %d", "omega")}
_TEXTS |= {"name": "a" * 255, "long": "x" * 100_000, "long, not ASCII": "µ" * 40_000}
EXTREMES: dict[type, dict[str, Any]] = {
    bool: {"no": False, "yes": True},
    int: {str(value): value for value in _INTEGERS},
    float: {str(value): value for value in _NUMBERS},
    str: _TEXTS,
}
"""By short names, so that a failure can be read."""
AXIS: KeyPath = ("goniometer", "omega")


def _start_as_map() -> dict[str, Any]:
    """A start message as it travels, with every key the writer reads."""
    start = analysed_start(number_of_images=IMAGES, images_per_file=1, pulsed=True)
    content = cbor2.loads(encode_start(start))
    assert isinstance(content, dict)
    return content | {"threshold_energy": {"default": 6200.0}}


def _leaves(value: Any, path: KeyPath = ()) -> dict[KeyPath, type]:
    """Where numbers and texts are, and of which type."""
    if isinstance(value, dict | list):
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        leaves = [_leaves(entry, (*path, key)) for key, entry in entries]
        return {where: kind for found in leaves for where, kind in found.items()}
    return {path: type(value)} if type(value) in EXTREMES and path != ("type",) else {}


LEAVES = _leaves(_start_as_map())


@st.composite
def _changes(draw: st.DrawFn) -> dict[KeyPath, str]:
    """Names of extreme values for some of the entries."""
    paths = draw(st.lists(st.sampled_from(sorted(LEAVES, key=str)), min_size=1, max_size=3))
    return {path: draw(st.sampled_from(sorted(EXTREMES[LEAVES[path]]))) for path in paths}


def _decoded(changes: dict[KeyPath, str], axis_name: str) -> StartMessage | None:
    """The start as the writer gets it; None where the stream refuses it already."""
    content = _start_as_map()
    for path, name in changes.items():
        section: Any = content
        for key in path[:-1]:
            section = section[key]
        section[path[-1]] = EXTREMES[LEAVES[path]][name]
    content["goniometer"] = {_TEXTS[axis_name]: content["goniometer"]["omega"]}
    try:
        message = decode(cbor2.dumps(content))
    except StreamError:
        return None
    assert isinstance(message, StartMessage)
    return message


def _write_run(root: Path, start: StartMessage) -> None:
    """Take the whole run: it ends with a readable master file, or with a reason why not."""
    bench = WriterBench(root)
    good = start_message(IMAGES)
    run = {"run_number": start.run_number, "run_name": start.run_name}
    images = [replace(image_message(n, good), **run) for n in range(IMAGES)]
    bench.feed(start, *images, replace(end_message(good, IMAGES), **run))
    assert bench.service.run is None
    for end in bench.reports.ends:  # none with an empty address
        assert len(encode_report(end)) <= MAX_REPORT_BYTES
        assert end.ok == (not end.error)
        assert not end.ok or end.images_on_disk == IMAGES
    for path in root.rglob("*_master.h5"):
        with h5py.File(path) as file:
            assert len(file["/entry/data/data"]) == min(IMAGES, start.number_of_images)
    bench.service.close()


@settings(max_examples=100, deadline=None)
@given(_changes(), st.sampled_from(sorted(_TEXTS)))
@example({("user_data", "space_group_number"): str(2**40)}, "omega")
@example({(*AXIS, "increment"): str(sys.float_info.max)}, "omega")
@example({(*AXIS, "start"): str(sys.float_info.max), (*AXIS, "increment"): "1e+30"}, "omega")
@example({("user_data", "file_prefix"): "long"}, "omega")
@example({("series_unique_id",): "long, not ASCII"}, "omega")
@example({("max_spot_count",): str(2**63 - 1)}, "omega")
@example({("max_spot_count",): str(2**40)}, "omega")
@example({}, "long")
@example({}, "long, not ASCII")
def test_extreme_numbers_and_texts(changes: dict[KeyPath, str], axis_name: str) -> None:
    """W011: through to the master file; nothing escapes, and a run that can't be is refused."""
    start = _decoded(changes, axis_name)
    if start is not None:
        with tempfile.TemporaryDirectory() as directory:
            _write_run(Path(directory), start)
