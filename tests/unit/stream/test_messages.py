"""Each message there and back, and read by an independent reader, key by key."""

import dataclasses
import importlib.util
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import cbor2
import numpy as np
import pytest

from jfjoch.errors import InvalidInput, StreamError
from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.image import CompressedImage, ImageMessage, PixelStatistics
from jfjoch.messages.start import AnalysisPlan, SampleInfo, StartMessage
from jfjoch.model.roi import NO_ROI, RoiDefinitions
from jfjoch.stream.cbor.calibration import encode_calibration
from jfjoch.stream.cbor.decode import decode
from jfjoch.stream.cbor.end import encode_end
from jfjoch.stream.cbor.image import encode_image
from jfjoch.stream.cbor.start_encoder import encode_start
from tests.helpers import cbor_tags
from tests.helpers.writer_messages import (
    HEIGHT,
    WIDTH,
    compressed,
    end_message,
    image_message,
    pixels,
    start_message,
)

BOX_LIMITS = ("min_x_pxl", "max_x_pxl", "min_y_pxl", "max_y_pxl")
ROIS = RoiDefinitions.model_validate(
    {
        "box": {"rois": [{"name": "ü", **dict.fromkeys(BOX_LIMITS, 3)}]},
        "circle": {
            "rois": [{"name": "c", "center_x_pxl": -1.5, "center_y_pxl": 2, "radius_pxl": 0.5}]
        },
    }
)
ARM_DATE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

needs_dectris_decoder = pytest.mark.skipif(
    importlib.util.find_spec("dectris") is None,
    reason="needs the decoder of the package dectris-compression (extra 'decoder')",
)


def assert_same(came: Any, sent: Any) -> None:
    """Field by field, because arrays and views do not compare as a whole."""
    assert type(came) is type(sent)
    for field in dataclasses.fields(sent):
        one, other = getattr(came, field.name), getattr(sent, field.name)
        if isinstance(other, np.ndarray):
            assert one.dtype == other.dtype
            np.testing.assert_array_equal(one, other)
        elif dataclasses.is_dataclass(other):
            assert_same(one, other)
        else:
            assert one == other, field.name


def full_start() -> StartMessage:
    """Start with every field away from its default."""
    start = start_message(
        images_per_file=7, files={"socket_number": 1, "socket_count": 2, "write_master_file": False}
    )
    return replace(
        start,
        detector=replace(
            start.detector,
            storage_cell_count=4,
            storage_cell_delay_s=5e-6,
            threshold_energy_eV=6200.0,
        ),
        image=replace(
            start.image, mask_applied=True, poisson_factor=3, low_threshold=2, summation=4
        ),
        sample=replace(start.sample, header_appendix={"a": [1, 2.5, None, True, "ü"], "b": {}}),
        analysis=AnalysisPlan(250, np.array([0.15, 0.25], np.float32), ROIS),
        data_reduction_factor_serialmx=0.5,
        pulsed=True,
    )


def full_image(**changes: Any) -> ImageMessage:
    image = image_message(5, start_message(), original_image_id=6)
    given = {"pulse_id": 2**40, "event_code": 12, "storage_cell": 3, "appendix": [1, "x"]}
    return replace(image, **given | changes)


@pytest.mark.parametrize(
    "start",
    [
        full_start(),
        start_message(goniometer=None, sample=SampleInfo()),
        start_message(dtype="uint16"),
        start_message(dtype="int32"),
    ],
    ids=["full", "bare", "raw", "32 bit"],
)
def test_start_comes_back_as_it_was(start: StartMessage) -> None:
    assert_same(decode(encode_start(start)), start)


@pytest.mark.parametrize("dtype", ["int16", "uint16", "int32", "uint32", "uint8", "int8"])
@pytest.mark.parametrize("algorithm", ["bslz4", "none"])
def test_image_comes_back_as_it_was(dtype: str, algorithm: str) -> None:
    image = full_image(image=compressed(pixels(1, dtype), algorithm))
    assert_same(decode(encode_image(image, ARM_DATE)), image)


def test_image_without_viable_pixels_says_nothing_about_them() -> None:
    """B056: nor is there user_data without an image_appendix."""
    image = full_image(
        statistics=PixelStatistics(HEIGHT * WIDTH, 0, None, None), appendix=None, pulse_id=None
    )
    encoded = encode_image(image, ARM_DATE)
    absent = {"user_data", "xfel_pulse_id", "min_viable_pixel_value", "max_viable_pixel_value"}
    assert not absent & cbor_tags.decode(encoded).keys()
    assert_same(decode(encoded), image)


@pytest.mark.parametrize("length", [0, 23, 24, 255, 256, 65535, 65536])
def test_payloads_of_all_lengths_are_spliced(length: int) -> None:
    """As cbor2 would have written them, had they been passed through it."""
    payload = bytes(length % 251 for _ in range(length))
    encoded = encode_image(
        full_image(image=CompressedImage(payload, "none", "uint8", 1, length)), ARM_DATE
    )
    assert cbor2.dumps(cbor2.loads(encoded)["data"])[-length - 1 :][1:] == payload
    whole = {**cbor2.loads(encoded)}
    whole["data"] = {"default": cbor2.CBORTag(40, [[1, length], cbor2.CBORTag(64, payload)])}
    whole["series_date"] = cbor2.CBORTag(0, ARM_DATE.isoformat())
    assert encoded == cbor2.dumps(whole)


def test_the_payload_is_not_copied_when_read() -> None:
    message = encode_image(full_image(), ARM_DATE)
    image = decode(message)
    assert isinstance(image, ImageMessage)
    assert isinstance(image.image.payload, memoryview)
    assert image.image.payload.obj is message


def test_calibration_comes_back_as_it_was() -> None:
    values = np.random.default_rng(1).normal(3000, 10, (512, 1024)).astype(np.float32)
    values[0, :2] = np.nan, 0.0
    message = CalibrationMessage(3, "run three", "pedestal_g0", values)
    encoded = encode_calibration(message)
    assert_same(decode(encoded), message)
    read = cbor_tags.decode(encoded)
    np.testing.assert_array_equal(read["data"]["pedestal_g0"].pixels(), values)


def test_end_comes_back_as_it_was() -> None:
    message = end_message(start_message(), 9, cancelled=True)
    assert_same(decode(encode_end(message)), message)


def test_start_as_others_read_it() -> None:
    start = full_start()
    read = cbor_tags.decode(encode_start(start))
    mask = read.pop("pixel_mask")["default"]
    np.testing.assert_array_equal(mask.pixels(), start.image.pixel_mask)
    assert mask.dtype == "<u4"
    np.testing.assert_array_equal(
        read.pop("az_int_bin_to_q").pixels(), np.array([0.15, 0.25], np.float32)
    )
    user_data = read.pop("user_data")
    assert next(iter(read)) == "type"
    assert read == {
        "type": "start",
        "magic_number": 0x4A460001,
        "arm_date": "2026-01-02T03:04:05+00:00",
        "series_id": 1,
        "series_unique_id": "run one",
        "number_of_images": 10,
        "image_size_x": WIDTH,
        "image_size_y": HEIGHT,
        "image_dtype": "int16",
        "channels": ["default"],
        "beam_center_x": 31.25,
        "beam_center_y": 20.5,
        "detector_distance": 0.155,
        "detector_translation": [0, 0, 0.155],
        "incident_energy": 12400.0,
        "incident_wavelength": 0.99987,
        "frame_time": 0.001,
        "count_time": 0.00098,
        "saturation_value": 32766,
        "error_value": -32768,
        "pixel_size_x": 75e-6,
        "pixel_size_y": 75e-6,
        "sensor_thickness": 320e-6,
        "sensor_material": "Si",
        "detector_description": "JUNGFRAU test",
        "detector_serial_number": "JF-1",
        "bit_depth_readout": 16,
        "pixel_mask_enabled": True,
        "countrate_correction_enabled": False,
        "flatfield_enabled": False,
        "virtual_pixel_interpolation_enabled": True,
        "threshold_energy": {"default": 6200.0},
        "goniometer": {"omega": {"increment": 0.1, "start": 10.0, "vector": [-1, 0, 0]}},
        "unit_cell": {"a": 79, "b": 79, "c": 38, "alpha": 90, "beta": 90, "gamma": 90},
        "storage_cell_number": 4,
        "storage_cell_delay": 5e-6,
        "summation": 4,
        "jungfrau_conversion_applied": True,
        "jungfrau_conversion_factor": 12400.0,
        "geometry_transformation_enabled": True,
        "max_spot_count": 250,
        "az_int_bin_number": 2,
    }
    assert user_data == {
        "file_prefix": "run",
        "images_per_file": 7,
        "write_master_file": False,
        "socket_number": 1,
        "socket_count": 2,
        "writer_notification_zmq_addr": "test://reports",
        "source_name": "Swiss Light Source",
        "source_type": "Synchrotron X-ray Source",
        "instrument_name": "X06SA",
        "sample_name": "lysozyme",
        "space_group_number": 96,
        "total_flux": 1e12,
        "attenuator_transmission": 0.5,
        "experiment_group": "p12345",
        "gain_file_names": ["gains_M1.bin"],
        "data_reduction_factor_serialmx": 0.5,
        "pulsed_source": True,
        "poisson_compression": 3,
        "pixel_value_low_threshold": 2,
        "rois": {
            "box": {"rois": [{"name": "ü", **dict.fromkeys(BOX_LIMITS, 3)}]},
            "circle": {
                "rois": [{"name": "c", "center_x_pxl": -1.5, "center_y_pxl": 2, "radius_pxl": 0.5}]
            },
        },
        "user": {"a": [1, 2.5, None, True, "ü"], "b": {}},
    }


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("az_int_bin_number", 3, "expected 3 values"),
        ("az_int_bin_to_q", cbor2.CBORTag(78, bytes(8)), "expected a typed array of float32"),
        ("az_int_bin_to_q", 1.0, "expected a typed array of float32"),
        ("max_spot_count", -1, "expected an integer from 0"),
        ("user_data", {"rois": {"box": {}}}, "rois: expected definitions of regions"),
        ("user_data", {"rois": 1}, "rois: expected definitions of regions"),
    ],
)
def test_a_wrong_analysis_plan_is_refused(key: str, value: Any, expected: str) -> None:
    entries = cbor2.loads(encode_start(full_start())) | {key: value}
    with pytest.raises(StreamError, match=expected):
        decode(cbor2.dumps(entries))


def test_a_start_of_others_has_no_analysis() -> None:
    start = decode(encode_start(start_message()))
    assert isinstance(start, StartMessage)
    assert (start.analysis.max_spot_count, len(start.analysis.az_int_bin_to_q)) == (0, 0)
    assert start.analysis.rois == NO_ROI


@needs_dectris_decoder
@pytest.mark.parametrize("dtype", ["int16", "uint16", "int32"])
@pytest.mark.parametrize("algorithm", ["bslz4", "none"])
def test_image_as_others_read_it(dtype: str, algorithm: str) -> None:
    image = full_image(image=compressed(pixels(1, dtype), algorithm), packets_received=96)
    read = cbor_tags.decode(encode_image(image, ARM_DATE))
    np.testing.assert_array_equal(read.pop("data")["default"].pixels(), pixels(1, dtype))
    assert next(iter(read)) == "type"
    assert read == {
        "type": "image",
        "series_id": 1,
        "series_unique_id": "run one",
        "image_id": 5,
        "original_image_id": 6,
        "real_time": [980_000, 10**9],
        "start_time": [5_000_000, 10**9],
        "stop_time": [5_980_000, 10**9],
        "series_date": "2026-01-02T03:04:05+00:00",
        "user_data": [1, "x"],
        "error_pixel_count": 1,
        "saturated_pixel_count": 1,
        "min_viable_pixel_value": 0,
        "max_viable_pixel_value": 12,
        "packets_expected": 128,
        "packets_received": 96,
        "data_collection_efficiency": 0.75,
        "receiver_aq_dev_delay": 0,
        "receiver_free_send_buf": 10,
        "storage_cell": 3,
        "xfel_pulse_id": 2**40,
        "xfel_event_code": 12,
    }


def test_end_as_others_read_it() -> None:
    assert cbor_tags.decode(encode_end(end_message(start_message(), 9))) == {
        "type": "end",
        "series_id": 1,
        "series_unique_id": "run one",
        "end_date": "2026-01-02T03:04:06+00:00",
        "max_image_number": 9,
        "images_collected": 9,
        "images_sent_to_write": 9,
        "images_expected": 10,
        "data_collection_efficiency": 0.75,
        "max_receiver_delay": 3,
        "cancelled": False,
    }


def test_what_cbor_has_no_place_for_is_refused_before_it_is_sent() -> None:
    start = start_message()
    with pytest.raises(InvalidInput, match="can't be sent"):
        encode_start(replace(start, sample=replace(start.sample, sample_name="\ud800")))
    with pytest.raises(InvalidInput, match="offset from UTC"):
        encode_start(replace(start, arm_date=datetime(2026, 1, 1)))


def test_an_unknown_type_is_named() -> None:
    with pytest.raises(StreamError, match="message type 'noise': expected one of start, image"):
        decode(cbor2.dumps({"type": "noise"}))
