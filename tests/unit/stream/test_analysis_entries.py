"""Results of the analysis within image, metadata and end messages."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import cbor2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jfjoch.errors import StreamError
from jfjoch.messages.analysis import (
    NO_ANALYSIS,
    ImageAnalysis,
    IndexingResult,
    RoiResult,
    SpotList,
)
from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.metadata import MetadataMessage
from jfjoch.messages.start import UnitCell
from jfjoch.stream.cbor.decode import decode
from jfjoch.stream.cbor.end import encode_end
from jfjoch.stream.cbor.image import encode_image
from jfjoch.stream.cbor.metadata import encode_metadata
from tests.helpers import cbor_tags
from tests.helpers.given_analysis import analysed_image, analysed_start, analysis, spot_list
from tests.helpers.writer_messages import end_message, image_message

START = analysed_start()
ARM_DATE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def assert_same_spots(came: SpotList | None, sent: SpotList | None) -> None:
    assert (came is None) == (sent is None)
    if came is None or sent is None:
        return
    for name in ("x_pxl", "y_pxl", "intensity", "max_count", "indexed"):
        one, other = getattr(came, name), getattr(sent, name)
        assert one.dtype == other.dtype, name
        np.testing.assert_array_equal(one, other, name)


def assert_same_analysis(came: ImageAnalysis, sent: ImageAnalysis) -> None:
    assert_same_spots(came.spots, sent.spots)
    assert (came.profile is None) == (sent.profile is None)
    if came.profile is not None and sent.profile is not None:
        assert came.profile.dtype == np.float32
        np.testing.assert_array_equal(came.profile, sent.profile)
    for name in ("bkg_estimate", "rois", "spot_count", "strong_pixel_count", "indexing"):
        assert getattr(came, name) == getattr(sent, name), name


def there_and_back(sent: ImageAnalysis) -> ImageAnalysis:
    message = replace(image_message(1, START), analysis=sent)
    came = decode(encode_image(message, ARM_DATE))
    assert isinstance(came, ImageMessage)
    return came.analysis


@pytest.mark.parametrize("spots", [0, 1, 23, 24, 250, 255, 256, 65535, 65536])
def test_lists_of_all_lengths_come_back(spots: int) -> None:
    """B118: also an empty one, which is something else than none."""
    sent = analysis(2, spots)
    assert_same_analysis(there_and_back(sent), sent)


def test_nothing_found_is_nothing_said() -> None:
    assert there_and_back(NO_ANALYSIS) is NO_ANALYSIS
    plain = cbor_tags.decode(encode_image(image_message(1, START), ARM_DATE))
    found = cbor_tags.decode(encode_image(analysed_image(2, START), ARM_DATE))
    assert set(found) - set(plain) == {
        "spots",
        "spot_count",
        "strong_pixel_count",
        "indexing_result",
        "indexing_lattice",
        "indexing_unit_cell",
        "bkg_estimate",
        "az_int_profile",
        "roi_integrals",
    }


def test_the_analysis_as_others_read_it() -> None:
    """Key by key, by a decoder of its own; ``type`` is first and ``data`` last."""
    sent = analysis(2, 2)
    assert sent.spots is not None
    read = cbor_tags.decode(encode_image(analysed_image(2, START, 2), ARM_DATE))
    assert next(iter(read)) == "type"
    assert list(read)[-1] == "data"
    spots = zip(
        sent.spots.x_pxl.tolist(),
        sent.spots.y_pxl.tolist(),
        sent.spots.intensity.tolist(),
        sent.spots.max_count.tolist(),
        sent.spots.indexed.tolist(),
        strict=True,
    )
    keys = ("x", "y", "I", "maxc", "indexed")
    assert read["spots"] == [dict(zip(keys, spot, strict=True)) for spot in spots]
    assert (read["spot_count"], read["strong_pixel_count"]) == (3, 20)
    assert read["indexing_result"] is True
    assert read["indexing_lattice"] == [2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert read["indexing_unit_cell"] == {
        "a": 79.2,
        "b": 79,
        "c": 38,
        "alpha": 90,
        "beta": 90,
        "gamma": 90.02,
    }
    assert read["bkg_estimate"] == 4.0
    np.testing.assert_array_equal(
        read["az_int_profile"].pixels(), np.array([2.5, np.nan, 7.0], np.float32)
    )
    assert read["roi_integrals"] == {
        "beam": {"sum": 102, "sum_square": 2**40 + 2, "max_count": 52, "pixels": 16},
        "ü/1": {"sum": -2, "sum_square": 2, "max_count": -1, "pixels": 12},
        "ü-1": {"sum": 0, "sum_square": 0, "pixels": 0},
    }


def test_what_is_no_number_is_left_out() -> None:
    """B169: a receiver of the stream refuses NaN; sums end at 64 bits."""
    beyond = RoiResult("beam", -(2**80), 2**80, 1, 1)
    sent = ImageAnalysis(bkg_estimate=float("nan"), rois=(beyond,))
    came = there_and_back(sent)
    assert came.bkg_estimate is None
    assert came.rois == (RoiResult("beam", -(2**63 - 1), 2**63 - 1, 1, 1),)


def test_not_indexed_and_not_tried_differ() -> None:
    assert there_and_back(ImageAnalysis(indexing=IndexingResult(False))).indexing == IndexingResult(
        False
    )
    assert there_and_back(ImageAnalysis(spot_count=0)).indexing is None


_FLOAT32 = st.floats(width=32, allow_nan=False, allow_infinity=False)
_FLOAT64 = st.floats(allow_nan=False, allow_infinity=False)
_INT64 = st.integers(-(2**63 - 1), 2**63 - 1)
_COUNT = st.integers(0, 2**63 - 1)


@st.composite
def _spots(draw: st.DrawFn) -> SpotList:
    rows = draw(st.lists(st.tuples(_FLOAT32, _FLOAT32, _FLOAT32, _INT64, st.booleans())))
    x, y, intensity, max_count, indexed = zip(*rows, strict=True) if rows else [()] * 5
    return SpotList(
        np.array(x, np.float32),
        np.array(y, np.float32),
        np.array(intensity, np.float32),
        np.array(max_count, np.int64),
        np.array(indexed, np.bool_),
    )


_ROI = st.builds(
    RoiResult,
    st.text(st.characters(exclude_categories=["Cs"])),
    _INT64,
    _COUNT,
    st.none() | _INT64,
    _COUNT,
)
_ANALYSIS = st.builds(
    ImageAnalysis,
    st.none() | st.lists(st.floats(width=32)).map(lambda row: np.array(row, np.float32)),
    st.none() | _FLOAT64,
    st.lists(_ROI, max_size=5, unique_by=lambda roi: roi.name).map(tuple),
    st.none() | _spots(),
    st.none() | _COUNT,
    st.none() | _COUNT,
    st.none()
    | st.builds(
        IndexingResult,
        st.booleans(),
        st.none() | st.tuples(*[_FLOAT64] * 9),
        st.none() | st.builds(UnitCell, *[_FLOAT64] * 6),
    ),
)


@given(_ANALYSIS)
def test_any_analysis_comes_back(sent: ImageAnalysis) -> None:
    assert_same_analysis(there_and_back(sent), sent)


@given(_spots())
def test_spots_of_another_encoder_are_the_same(spots: SpotList) -> None:
    """Lists of maps in whatever widths and order their sender likes."""
    message = replace(image_message(1, START), analysis=ImageAnalysis(spots=spots))
    encoded = encode_image(message, ARM_DATE)
    entries = cbor2.loads(encoded) | {
        "series_date": cbor2.CBORTag(0, ARM_DATE.isoformat()),
        "data": cbor2.loads(encoded)["data"],
    }
    entries["spots"] = [dict(reversed(spot.items())) for spot in entries["spots"]]
    came = decode(cbor2.dumps(entries))
    assert isinstance(came, ImageMessage)
    assert_same_spots(came.analysis.spots, spots)


def changed(key: str, value: Any) -> bytes:
    """An image message with another value at one key."""
    encoded = encode_image(analysed_image(2, START), ARM_DATE)
    entries = cbor2.loads(encoded)
    entries["series_date"] = cbor2.CBORTag(0, ARM_DATE.isoformat())
    return cbor2.dumps(entries | {key: value})


SPOT = {"x": 1.0, "y": 2.0, "I": 3.0, "maxc": 4, "indexed": True}


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("spots", 1, "spots: expected a list of maps"),
        ("spots", [1], "spots: expected a list of maps"),
        ("spots", [SPOT | {"x": "1"}], r"spots\[0\]: x: expected a finite number"),
        ("spots", [SPOT | {"y": float("nan")}], r"spots\[0\]: y: expected a finite number"),
        ("spots", [SPOT, SPOT | {"I": 1e39}], r"spots\[1\]: I: expected a number that float32"),
        ("spots", [{"x": 1.0}], r"spots\[0\]: y is missing"),
        ("spots", [SPOT | {"maxc": 2**63}], r"spots\[0\]: maxc: expected an integer"),
        ("spots", [SPOT | {"indexed": 1}], r"spots\[0\]: indexed: expected true or false"),
        ("spot_count", -1, "spot_count: expected an integer from 0"),
        ("strong_pixel_count", 1.5, "strong_pixel_count: expected an integer from 0"),
        ("bkg_estimate", float("inf"), "bkg_estimate: expected a finite number"),
        ("az_int_profile", [1.0], "az_int_profile: expected a typed array of float32"),
        ("az_int_profile", cbor2.CBORTag(86, bytes(8)), "expected a typed array of float32"),
        ("indexing_result", 1, "indexing_result: expected true or false"),
        ("indexing_lattice", [1.0] * 8, "indexing_lattice: expected 9 numbers"),
        ("indexing_lattice", cbor2.CBORTag(86, bytes(80)), "expected 9 numbers"),
        ("indexing_lattice", [1.0] * 8 + ["x"], "indexing_lattice: 8: expected a finite number"),
        ("indexing_unit_cell", {"a": 1.0}, "indexing_unit_cell: b is missing"),
        ("roi_integrals", [], "roi_integrals: expected a map"),
        ("roi_integrals", {"r": 1}, "r: expected a map"),
        ("roi_integrals", {"r": {}}, "roi_integrals.r: sum is missing"),
        (
            "roi_integrals",
            {"r": {"sum": 1, "sum_square": -1, "pixels": 1}},
            "sum_square: expected an integer from 0",
        ),
    ],
)
def test_what_is_no_result_is_refused(key: str, value: Any, expected: str) -> None:
    with pytest.raises(StreamError, match=expected):
        decode(changed(key, value))


def test_a_lattice_may_come_as_typed_array() -> None:
    numbers = np.arange(9, dtype="<f4")
    came = decode(changed("indexing_lattice", cbor2.CBORTag(85, numbers.tobytes())))
    assert isinstance(came, ImageMessage)
    assert came.analysis.indexing is not None
    assert came.analysis.indexing.lattice == (0, 1, 2, 3, 4, 5, 6, 7, 8)


def packed(spots: int = 5) -> bytes:
    return encode_image(
        replace(image_message(1, START), analysis=ImageAnalysis(spots=spot_list(spots))), ARM_DATE
    )


@pytest.mark.parametrize("number", [b"\x7f\xc0\0\0", b"\x7f\x80\0\0", b"\xff\x80\0\0"])
def test_numbers_that_are_none_are_refused_in_our_own_form_too(number: bytes) -> None:
    """NaN and infinity."""
    message = bytearray(packed())
    at = message.index(b"\x61y\xfa") + 3
    message[at : at + 4] = number
    with pytest.raises(StreamError, match="spots: expected finite numbers"):
        decode(bytes(message))


def test_counts_beyond_64_bits_are_refused_in_our_own_form_too() -> None:
    message = bytearray(packed())
    at = message.index(b"\x64maxc\x1b") + 6
    message[at] = 0x80
    with pytest.raises(StreamError, match="spots: expected finite numbers"):
        decode(bytes(message))


def test_every_single_bit_of_a_list_of_spots() -> None:
    """Each broken message is refused or means something else; none breaks the reader."""
    message = packed(2)
    first = message.index(b"\x65spots")
    for bit in range(8 * first, 8 * message.index(b"\x64data")):
        flipped = bytearray(message)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            came = decode(bytes(flipped))
        except StreamError:
            continue
        assert isinstance(came, ImageMessage)


def test_a_list_that_is_longer_than_the_message() -> None:
    """The count is compared with the bytes that came before anything is made of it."""
    message = packed(2)
    at = message.index(b"\x65spots\x82") + 6
    huge = message[:at] + b"\x9a\xff\xff\xff\xff" + message[at + 1 :]
    with pytest.raises(StreamError):
        decode(huge)


def test_metadata_carry_the_analysis() -> None:
    """B140: of every image, in parts that a reader grants the memory for."""
    images = tuple(analysed_image(n, START, 250).without_pixels() for n in range(700))
    parts = encode_metadata(MetadataMessage(1, "run one", images), ARM_DATE)
    came: list[ImageMessage] = []
    for part in parts:
        message = decode(part)
        assert isinstance(message, MetadataMessage)
        came += message.images
    assert [image.image_id for image in came] == list(range(700))
    for image, sent in zip(came[::50], images[::50], strict=True):
        assert_same_analysis(image.analysis, sent.analysis)
    assert len(parts) <= 7, "spots cost a reader little"


def test_each_entry_of_the_metadata_is_the_image_message_without_its_data() -> None:
    image = analysed_image(2, START)
    message = MetadataMessage(1, "run one", (image.without_pixels(),) * 2)
    (part,) = encode_metadata(message, ARM_DATE)
    whole = cbor_tags.decode(encode_image(image, ARM_DATE))
    del whole["data"]
    for entry in cbor_tags.decode(part)["images"]:
        profile = entry.pop("az_int_profile")
        assert profile.payload == whole["az_int_profile"].payload
        assert entry == {key: x for key, x in whole.items() if key != "az_int_profile"}


def test_the_end_tells_the_results_of_the_run() -> None:
    profile = np.array([1.5, np.nan], np.float32)
    sent = end_message(START, 3, mean_profile=profile, bkg_estimate=2.5, indexing_rate=0.25)
    encoded = encode_end(sent)
    came = decode(encoded)
    assert came == sent
    assert isinstance(came, EndMessage)
    np.testing.assert_array_equal(came.mean_profile, profile)
    read = cbor_tags.decode(encoded)
    np.testing.assert_array_equal(read["az_int_result"]["default"].pixels(), profile)
    assert (read["bkg_estimate"], read["indexing_rate"]) == (2.5, 0.25)
