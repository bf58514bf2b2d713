"""Any sequence of messages, whole or broken: files are closed and told, and the next run is right.

Missing starts and ends, a start while writing, wrong series, images twice and in any order.
"""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import hdf5plugin  # noqa: F401  (registers the filters images are compressed with)
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from jfjoch.errors import StreamError
from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.ports import Message
from jfjoch.stream.cbor.calibration import encode_calibration
from jfjoch.stream.cbor.decode import decode
from jfjoch.stream.cbor.end import encode_end
from jfjoch.stream.cbor.image import encode_image
from jfjoch.stream.cbor.start_encoder import encode_start
from tests.helpers.saved_run import saved_images
from tests.helpers.writer_bench import WriterBench
from tests.helpers.writer_messages import end_message, image_message, pixels, start_message

RUN_IMAGES = 7
PER_FILE = 3
STARTS = tuple(
    start_message(RUN_IMAGES, f"run{n}", PER_FILE, run_number=n, run_name=f"run {n}")
    for n in (1, 2, 3)
)
NEXT = start_message(3, "next/good", run_number=99)


def _messages(run: int) -> dict[str, list[bytes]]:
    """What can come of a run, encoded; some images lie outside it."""
    start = STARTS[run]
    array = CalibrationMessage(
        start.run_number, start.run_name, "pedestal_g0", np.ones((2, 3), np.float32)
    )
    numbers = range(RUN_IMAGES + 2)
    return {
        "start": [encode_start(start)],
        "image": [encode_image(image_message(n, start), start.arm_date) for n in numbers],
        "end": [encode_end(end_message(start, n)) for n in (0, 2, RUN_IMAGES, 1000)],
        "calibration": [encode_calibration(array)],
    }


MESSAGES = tuple(_messages(run) for run in range(len(STARTS)))
KINDS = ("start", "image", "image", "image", "image", "end", "calibration")


@st.composite
def _whole_message(draw: st.DrawFn) -> bytes:
    kinds = MESSAGES[draw(st.integers(0, len(MESSAGES) - 1))]
    return draw(st.sampled_from(kinds[draw(st.sampled_from(KINDS))]))


@st.composite
def _broken_message(draw: st.DrawFn) -> bytes:
    """Bytes replaced, cut out or put in, among the small keys; or the end is missing."""
    message = bytearray(draw(_whole_message()))
    at = draw(st.integers(0, min(len(message), 1200)))
    message[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(message[: draw(st.one_of(st.just(len(message)), st.integers(0, len(message))))])


def _received(message: bytes) -> Message | StreamError:
    try:
        return decode(message)
    except StreamError as error:
        return error


def _take(bench: WriterBench, messages: list[bytes]) -> None:
    """Let the writer take them all, and then a run of which nothing is wrong."""
    bench.feed(*[_received(message) for message in messages])
    bench.feed(NEXT, *[image_message(n, NEXT) for n in range(3)], end_message(NEXT, 3))
    assert bench.service.run is None
    assert bench.reports.ends[-1].ok, bench.reports.ends[-1].error
    images = saved_images(bench.root / "next" / "good_master.h5")
    np.testing.assert_array_equal(images, np.stack([pixels(n) for n in range(3)]))


def _images_found(root: Path) -> int:
    """Images in all data files of the three runs, each compared with what was sent."""
    count = 0
    for path in root.glob("run*_data_*"):
        first = (int(path.name.partition("_data_")[2][:6]) - 1) * PER_FILE
        with h5py.File(path) as file:
            for index in np.flatnonzero(file["/entry/image/valid"][()]):
                image = file["/entry/data/data"][index]
                np.testing.assert_array_equal(image, pixels(first + int(index)))
                count += 1
    return count


@settings(max_examples=60, deadline=None)
@given(st.lists(_whole_message(), max_size=30))
def test_whole_messages_in_any_order(messages: list[bytes]) -> None:
    """Of each run that began there is one end, and what it counts is on disk, bit for bit."""
    with tempfile.TemporaryDirectory() as name:
        bench = WriterBench(Path(name))
        _take(bench, messages)
        ends = [end for end in bench.reports.ends if end.run_number != NEXT.run_number]
        assert sum(end.images_on_disk for end in ends) == _images_found(bench.root)
        assert all(end.ok == (not end.error) for end in ends)
        assert not list(bench.root.rglob("*.partial"))
        bench.service.close()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(_whole_message(), _broken_message()), max_size=20))
def test_broken_messages_among_whole_ones(messages: list[bytes]) -> None:
    """Nothing escapes the service, whatever a broken message turns into."""
    with tempfile.TemporaryDirectory() as name:
        bench = WriterBench(Path(name))
        _take(bench, messages)
        bench.service.close()


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(RUN_IMAGES)), st.lists(st.integers(0, RUN_IMAGES - 1), max_size=5))
def test_a_whole_run_in_any_order_is_whole(order: list[int], again: list[int]) -> None:
    """Images twice and out of order, strangers in between: the run is complete and ok."""
    start, stranger = STARTS[0], STARTS[1]
    with tempfile.TemporaryDirectory() as name:
        bench = WriterBench(Path(name))
        twice: list[Any] = [image_message(n, start) for n in again]
        images = [image_message(n, start) for n in order]
        wrong = [replace(image_message(0, stranger), image_id=n) for n in again]
        bench.feed(start, *images[:3], *wrong, *twice, *images[3:], *twice)
        bench.feed(end_message(stranger, 1), end_message(start, RUN_IMAGES))
        (end,) = bench.reports.ends
        assert (end.ok, end.images_on_disk) == (True, RUN_IMAGES), end.error
        expected = np.stack([pixels(n) for n in range(RUN_IMAGES)])
        np.testing.assert_array_equal(saved_images(bench.root / "run1_master.h5"), expected)
        bench.service.close()
