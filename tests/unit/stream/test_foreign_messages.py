"""Messages as others may write them: DECTRIS detectors, other byte orders, missing keys."""

import json
from typing import Any

import cbor2
import numpy as np
import pytest

from jfjoch.errors import StreamError
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.start import StartMessage
from jfjoch.stream.cbor.decode import decode

ARM_DATE = cbor2.CBORTag(0, "2026-01-02T03:04:05+01:00")


def matrix(values: np.ndarray[Any, Any], tag: int) -> cbor2.CBORTag:
    return cbor2.CBORTag(40, [list(values.shape), cbor2.CBORTag(tag, values.tobytes())])


def dectris_start(**changes: Any) -> bytes:
    """Keys of DECTRIS Stream V2, without any of ours."""
    mask = np.zeros((3, 4), "<u4")
    entries = {
        "type": "start",
        "arm_date": ARM_DATE,
        "beam_center_x": 2,
        "beam_center_y": 1.5,
        "channels": ["threshold_1"],
        "count_time": 0.1,
        "countrate_correction_enabled": True,
        "countrate_correction_lookup_table": cbor2.CBORTag(70, b""),
        "detector_description": "Dectris EIGER2 Si 1M",
        "detector_serial_number": "E-1",
        "detector_translation": [0, 0, 0.2],
        "flatfield": {},
        "frame_time": 0.1,
        "goniometer": {"chi": {"increment": 0, "start": 0}},
        "image_dtype": "uint32",
        "image_size_x": 4,
        "image_size_y": 3,
        "incident_energy": 12400,
        "incident_wavelength": 1.0,
        "number_of_images": 5,
        "pixel_mask": {"threshold_1": matrix(mask, 70)},
        "pixel_mask_enabled": True,
        "pixel_size_x": 75e-6,
        "pixel_size_y": 75e-6,
        "saturation_value": 1000,
        "sensor_material": "Si",
        "sensor_thickness": 450e-6,
        "series_id": 7,
        "series_unique_id": "01",
        "threshold_energy": {"threshold_1": 6200},
        "user_data": "",
        "virtual_pixel_interpolation_enabled": True,
    }
    return cbor2.dumps(entries | changes)


def image(**changes: Any) -> bytes:
    values = np.arange(12, dtype="<u2").reshape(3, 4)
    entries = {
        "type": "image",
        "series_id": 7,
        "series_unique_id": "01",
        "image_id": 2,
        "start_time": [2, 10],
        "real_time": [1, 10],
        "data": {"threshold_1": matrix(values, 69)},
    }
    return cbor2.dumps(entries | changes)


def read_start(**changes: Any) -> StartMessage:
    message = decode(dectris_start(**changes))
    assert isinstance(message, StartMessage)
    return message


def read_image(**changes: Any) -> ImageMessage:
    message = decode(image(**changes))
    assert isinstance(message, ImageMessage)
    return message


def test_a_dectris_start_is_understood() -> None:
    start = read_start()
    assert start.geometry.detector_distance_m == 0.2
    assert start.geometry.goniometer is None
    assert start.detector.threshold_energy_eV == 6200.0
    assert start.detector.bit_depth_readout == 32
    assert start.image.error_value == 2**32 - 1
    assert start.files.file_prefix == ""


def test_user_data_may_be_json_text() -> None:
    start = read_start(user_data=json.dumps({"file_prefix": "run", "images_per_file": 5, "x": 1}))
    assert (start.files.file_prefix, start.files.images_per_file) == ("run", 5)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("hello", "expected a map or a JSON object"),
        ("[1]", "expected a map or a JSON object"),
        ("[" * 100_000, "too many values|expected a map"),
        ("[" * 10_000, "expected a map"),
        ('{"a":' * 2_000 + "1" + "}" * 2_000, "expected a map"),
        ("[" + "0," * 100_000 + "0]", "too many values"),
        (json.dumps({"total_flux": 10**400}), "total_flux: expected a finite number"),
        (json.dumps({"file_prefix": 5}), "file_prefix: expected text, got 5"),
    ],
)
def test_bad_json_text_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(StreamError, match=complaint):
        read_start(user_data=text)


def test_a_big_endian_mask_is_turned_round() -> None:
    mask = np.arange(12, dtype=">u4").reshape(3, 4)
    np.testing.assert_array_equal(
        read_start(pixel_mask={"default": matrix(mask, 66)}).image.pixel_mask, mask
    )


def test_a_channel_may_have_any_name() -> None:
    read = read_image()
    assert (read.image.height, read.image.width, read.image.dtype) == (3, 4, "uint16")
    assert (read.start_time_ns, read.exposure_ns) == (200_000_000, 100_000_000)
    assert np.frombuffer(read.image.payload, "<u2").tolist() == list(range(12))


def test_a_big_endian_image_is_turned_round() -> None:
    values = np.arange(12, dtype=">i4").reshape(3, 4)
    pixels = read_image(data={"default": matrix(values, 74)}).image
    assert np.frombuffer(pixels.payload, pixels.dtype).tolist() == list(range(12))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"magic_number": 1}, "magic_number: expected 1246101505"),
        ({"series_id": -1}, "series_id: expected an integer from 0"),
        ({"series_id": 2**63}, "series_id: expected an integer from 0 to"),
        ({"series_id": True}, "series_id: expected an integer"),
        ({"series_id": None}, "series_id is missing"),
        ({"series_unique_id": 5}, "series_unique_id: expected text, got 5"),
        ({"arm_date": "2026-01-01"}, "arm_date: expected a date-time"),
        ({"beam_center_x": float("nan")}, "beam_center_x: expected a finite number, got nan"),
        ({"beam_center_x": False}, "beam_center_x: expected a finite number"),
        ({"image_dtype": "float16"}, "image_dtype: expected one of"),
        ({"image_size_x": 5}, "pixel_mask: expected 3 x 5 as the image, got 3 x 4"),
        ({"image_size_x": 2**40}, "pixel_mask: expected"),
        ({"pixel_mask": {}}, "pixel_mask: expected one channel, got 0"),
        ({"pixel_mask": {"default": [1, 2]}}, "expected a matrix"),
        ({"pixel_mask_enabled": 1}, "pixel_mask_enabled: expected true or false"),
        ({"detector_translation": [0, 0]}, "detector_translation: expected three numbers"),
        ({"detector_translation": [0, 0, "z"]}, "detector_translation: z: expected a finite"),
        ({"goniometer": [1]}, "goniometer: expected a map, got list"),
        ({"user_data": {"gain_file_names": ["a", 1]}}, "gain_file_names: expected a list of texts"),
        ({"unit_cell": {"a": 1}}, "unit_cell: b is missing"),
    ],
)
def test_a_wrong_start_names_the_key(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(StreamError) as caught:
        read_start(**changes)
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"image_id": None}, "image: image_id is missing"),
        ({"image_id": -1}, "image_id: expected an integer from 0"),
        ({"data": None}, "image.data: expected one channel, got 0"),
        ({"data": {"a": 1, "b": 2}}, "image.data: expected one channel, got 2"),
        ({"data": {"a": b"123"}}, "expected a matrix (tag 40), got memoryview"),
        ({"start_time": [1, 0]}, "start_time: expected [numerator, denominator]"),
        ({"start_time": 0.5}, "start_time: expected [numerator, denominator], got 0.5"),
    ],
)
def test_a_wrong_image_names_the_key(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(StreamError) as caught:
        read_image(**changes)
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({}, "expected one array, got 0"),
        ({"a": matrix(np.zeros((2, 2), "<f8"), 86)}, "a: expected uncompressed float32"),
    ],
)
def test_a_wrong_calibration_names_the_key(data: dict[str, Any], complaint: str) -> None:
    entries = {"type": "calibration", "series_id": 1, "series_unique_id": "x", "data": data}
    with pytest.raises(StreamError, match=complaint):
        decode(cbor2.dumps(entries))


def test_an_end_needs_its_numbers() -> None:
    entries = {"type": "end", "series_id": 1, "series_unique_id": "x", "end_date": ARM_DATE}
    with pytest.raises(StreamError, match="max_image_number is missing"):
        decode(cbor2.dumps(entries))
