"""Every setting at its limits and beyond them, through HTTP to the real broker and back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.helpers.broker_client import BrokerClient, expect_ok
from tests.helpers.configurations import QUICK_PEDESTAL, dataset
from tests.helpers.real_broker import configuration, running_real_broker

DETECTOR, FORMAT, INSTRUMENT = "/config/detector", "/config/image_format", "/config/instrument"
READ_OUT = {"frame_time_us": 1000, "timing": "auto", "internal_frame_generator": True}
IMAGE_FORMAT = {
    "summation": True,
    "geometry_transform": True,
    "jungfrau_conversion": True,
    "mask_module_edges": True,
    "mask_chip_edges": True,
    "apply_mask": False,
}
NAMES = {"source_name": "Source", "instrument_name": "Beamline"}
BASES = {DETECTOR: READ_OUT | QUICK_PEDESTAL, FORMAT: IMAGE_FORMAT, INSTRUMENT: NAMES}
NO_NUMBERS = ("1", True, 1.5, [1], {})


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerClient]:
    with running_real_broker(configuration(), tmp_path_factory.mktemp("limits")) as real:
        yield real.client


@pytest.fixture
def client(broker: BrokerClient) -> BrokerClient:
    """In Idle, with usual settings."""
    if broker.state() != "Idle":
        broker.initialize()
    for path, base in BASES.items():
        put(broker, path, base)
    return broker


def put(client: BrokerClient, path: str, settings: dict[str, Any]) -> None:
    """Change settings and wait for the pedestal that may follow."""
    expect_ok(client.put(path, settings))
    assert client.wait_till_done() == 200


def assert_refused(answer: httpx.Response, field: str) -> None:
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    assert field in answer.text


@pytest.mark.parametrize(
    ("path", "change"),
    [
        (DETECTOR, {"frame_time_us": 500}),
        (DETECTOR, {"frame_time_us": 10**12}),
        (DETECTOR, {"count_time_us": 10}),
        (DETECTOR, {"count_time_us": 980}),
        (DETECTOR, {"internal_frame_generator": False}),
        (DETECTOR, {"internal_frame_generator_images": 1}),
        (DETECTOR, {"internal_frame_generator_images": 64}),
        (DETECTOR, {"detector_trigger_delay_ns": 0}),
        (DETECTOR, {"detector_trigger_delay_ns": 2**63 - 1}),
        (DETECTOR, {"timing": "trigger"}),
        (DETECTOR, {"eiger_threshold_keV": 1.0}),
        (DETECTOR, {"eiger_threshold_keV": 100}),
        (DETECTOR, {"eiger_bit_depth": 8}),
        (DETECTOR, {"eiger_bit_depth": 16}),
        (DETECTOR, {"eiger_bit_depth": 32}),
        (DETECTOR, {"jungfrau_pedestal_g0_frames": 128}),
        (DETECTOR, {"jungfrau_pedestal_g1_frames": 0, "jungfrau_pedestal_g2_frames": 0}),
        (DETECTOR, {"jungfrau_pedestal_min_image_count": 32}),
        (DETECTOR, {"jungfrau_storage_cell_count": 16}),
        (DETECTOR, {"jungfrau_storage_cell_delay_ns": 2100}),
        (DETECTOR, {"jungfrau_fixed_gain_g1": True}),
        (FORMAT, {"jungfrau_conversion_factor_keV": 0.001}),
        (FORMAT, {"jungfrau_conversion_factor_keV": 500}),
        (FORMAT, {"bit_depth_image": 8}),
        (FORMAT, {"bit_depth_image": 16}),
        (FORMAT, {"bit_depth_image": 32}),
        (FORMAT, {"signed_output": False}),
        (FORMAT, {name: not value for name, value in IMAGE_FORMAT.items()}),
        (FORMAT, {"jungfrau_mask_pixels_without_g0": False}),
        (FORMAT, {"jungfrau_pedestal_g0_rms_limit": 0}),
        (FORMAT, {"jungfrau_pedestal_g0_rms_limit": 2**63 - 1}),
        (INSTRUMENT, {"source_name": "", "instrument_name": ""}),
        (INSTRUMENT, {"source_type": "a type nobody has heard of"}),
        (INSTRUMENT, {"source_type": "Free-Electron Laser", "pulsed_source": True}),
        (INSTRUMENT, {"electron_source": True}),
    ],
)
def test_what_is_possible_is_taken(client: BrokerClient, path: str, change: dict[str, Any]) -> None:
    """B082-B094, B097-B100, B102-B112: limits included; what was put is what is got."""
    settings = BASES[path] | change
    put(client, path, settings)
    assert settings.items() <= client.get(path).json().items()


@pytest.mark.parametrize(
    ("path", "field", "values"),
    [
        (DETECTOR, "frame_time_us", [0, -1, 1, 499, 2**63, *NO_NUMBERS]),
        (DETECTOR, "count_time_us", [0, -1, 9, 981, 1000, 10**9, *NO_NUMBERS]),
        (DETECTOR, "internal_frame_generator", ["true", 1, 0]),
        (DETECTOR, "internal_frame_generator_images", [0, -1, 65, *NO_NUMBERS]),
        (DETECTOR, "detector_trigger_delay_ns", [-1, *NO_NUMBERS]),
        (DETECTOR, "timing", ["burst", "gated", "Auto", "", 1]),
        (DETECTOR, "eiger_threshold_keV", [0.99, 100.01, -1, "1"]),
        (DETECTOR, "eiger_bit_depth", [0, 1, 12, 64, "16"]),
        (DETECTOR, "jungfrau_pedestal_g0_frames", [-1, 0, 1, 127, *NO_NUMBERS]),
        (DETECTOR, "jungfrau_pedestal_g1_frames", [-1, 1, 127, *NO_NUMBERS]),
        (DETECTOR, "jungfrau_pedestal_g2_frames", [-1, 1, 127, *NO_NUMBERS]),
        (DETECTOR, "jungfrau_pedestal_min_image_count", [31, 0, -1, 151, *NO_NUMBERS]),
        (DETECTOR, "jungfrau_storage_cell_count", [0, 17, -1, *NO_NUMBERS]),
        (DETECTOR, "jungfrau_storage_cell_delay_ns", [2099, 0, -1, *NO_NUMBERS]),
        (DETECTOR, "jungfrau_fixed_gain_g1", ["yes", 1]),
        (DETECTOR, "jungfrau_use_gain_hg0", ["yes", 1, True]),
        (FORMAT, "summation", ["yes", 1]),
        (FORMAT, "jungfrau_conversion_factor_keV", [0, 0.0009, 500.1, -1, "1"]),
        (FORMAT, "bit_depth_image", [0, 4, 12, 64, "16"]),
        (FORMAT, "signed_output", ["yes", 1]),
        (FORMAT, "jungfrau_pedestal_g0_rms_limit", [-1, *NO_NUMBERS]),
        (INSTRUMENT, "source_name", [1, True, []]),
        (INSTRUMENT, "instrument_name", [1, True, []]),
        (INSTRUMENT, "source_type", [1, []]),
        (INSTRUMENT, "pulsed_source", ["yes", 1]),
        (INSTRUMENT, "electron_source", ["yes", 1]),
    ],
)
def test_what_is_impossible_is_refused_by_name(
    client: BrokerClient, path: str, field: str, values: list[Any]
) -> None:
    """B005, B082-B095, B097-B112: 400 names the field, and nothing has changed."""
    before = client.get(path).json()
    for value in values:
        answer = client.put(path, BASES[path] | {field: value})
        assert_refused(answer, field)
        assert client.get(path).json() == before
    assert client.state() == "Idle"


@pytest.mark.parametrize(
    ("path", "field"),
    [
        (DETECTOR, "frame_time_us"),
        *((FORMAT, field) for field in IMAGE_FORMAT),
        *((INSTRUMENT, field) for field in NAMES),
    ],
)
def test_required_fields(client: BrokerClient, path: str, field: str) -> None:
    """B082, B095, B097, B102-B104, B108, B109, B111: absent or null, they are missed."""
    before = client.get(path).json()
    without = {name: value for name, value in BASES[path].items() if name != field}
    for body in (without, without | {field: None}, {}):
        assert_refused(client.put(path, body), f"{field}: expected a value, got none")
    assert client.get(path).json() == before


@pytest.mark.parametrize(
    ("path", "settings", "defaults"),
    [
        (
            DETECTOR,
            {"frame_time_us": 1000},
            {
                "timing": "trigger",
                "internal_frame_generator": False,
                "internal_frame_generator_images": 1,
                "detector_trigger_delay_ns": 0,
                "jungfrau_pedestal_g0_frames": 2000,
                "jungfrau_pedestal_g1_frames": 300,
                "jungfrau_pedestal_g2_frames": 300,
                "jungfrau_pedestal_min_image_count": 128,
                "jungfrau_storage_cell_count": 1,
                "jungfrau_storage_cell_delay_ns": 5000,
                "jungfrau_fixed_gain_g1": False,
                "jungfrau_use_gain_hg0": False,
            },
        ),
        (
            FORMAT,
            IMAGE_FORMAT,
            {"jungfrau_mask_pixels_without_g0": True, "jungfrau_pedestal_g0_rms_limit": 100},
        ),
        (INSTRUMENT, NAMES, {"source_type": "", "pulsed_source": False, "electron_source": False}),
    ],
)
def test_defaults(
    client: BrokerClient, path: str, settings: dict[str, Any], defaults: dict[str, Any]
) -> None:
    """B083-B094, B097-B100, B105-B112: what is optional and has no default is left out."""
    expect_ok(client.post("/deactivate"))
    expect_ok(client.put(path, settings))
    assert client.get(path).json() == settings | defaults


def test_a_missing_body_is_refused(client: BrokerClient) -> None:
    """B006."""
    for path in BASES:
        answer = client.put_bytes(path, b"", "application/json")
        assert_refused(answer, "body: expected a value, got none")


@pytest.mark.parametrize("path", list(BASES))
def test_settings_during_a_run(client: BrokerClient, path: str) -> None:
    """B079, B081, B096, B101, B113, B114: they can be read, and not changed."""
    before = client.get(path).json()
    client.start(dataset("", 1_000_000))
    presets = [f"{FORMAT}/raw", f"{FORMAT}/conversion"] if path == FORMAT else []
    for answer in [client.put(path, BASES[path]), *map(client.post, presets)]:
        assert (answer.status_code, answer.json()["reason"]) == (500, "WrongDAQState")
    assert client.get(path).json() == before
    assert client.state() == "Measuring"
    expect_ok(client.post("/cancel"))
    assert client.wait_till_done() == 200


@pytest.mark.parametrize("path", list(BASES))
def test_settings_before_initialize(client: BrokerClient, path: str) -> None:
    """B079, B080, B096, B101: saved, and nothing else happens."""
    expect_ok(client.post("/deactivate"))
    expect_ok(client.put(path, BASES[path]))
    assert client.state() == "Inactive"


def test_image_format_presets(client: BrokerClient) -> None:
    """B113-B115: the three switches and nothing else."""
    put(client, FORMAT, IMAGE_FORMAT | {"bit_depth_image": 32, "apply_mask": True})
    before = client.get(FORMAT).json()
    switches = ("summation", "geometry_transform", "jungfrau_conversion")
    for preset, value in (("raw", False), ("conversion", True)):
        expect_ok(client.post(f"{FORMAT}/{preset}"))
        assert client.get(FORMAT).json() == before | dict.fromkeys(switches, value)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("beam_x_pxl", [None, "1", True]),
        ("beam_y_pxl", [None, "1", True]),
        ("detector_distance_mm", [None, -0.001, "1"]),
        ("incident_energy_keV", [None, 0, 0.0009, 500.1, -1, "1"]),
        ("images_per_trigger", [0, -1, 2**63, *NO_NUMBERS]),
        ("ntrigger", [0, -1, 2**63, *NO_NUMBERS]),
        ("image_time_us", [-1, 1, 999, 1001, 257_000, *NO_NUMBERS]),
        ("compression", ["gzip", "", "BSLZ4", 1]),
        ("pixel_value_low_threshold", [-1, *NO_NUMBERS]),
        ("poisson_compression", [-1, 17, *NO_NUMBERS]),
    ],
)
def test_runs_that_are_refused_by_name(client: BrokerClient, field: str, values: list[Any]) -> None:
    """B034-B036, B038, B039, B042-B044, B049, B059, B063: 400, and nothing has started."""
    for value in values:
        assert_refused(client.post("/start", dataset("", 1) | {field: value}), field)
        assert client.state() == "Idle"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, 1),
        ({"images_per_trigger": None}, 1),
        ({"images_per_trigger": 3, "ntrigger": 2}, 6),
        ({"image_time_us": 0}, 1),
        ({"image_time_us": None}, 1),
        ({"image_time_us": 1000}, 1),
        ({"image_time_us": 256_000}, 1),
        ({"beam_x_pxl": -1e4, "beam_y_pxl": 1e5}, 1),
        ({"detector_distance_mm": 0}, 1),
        ({"incident_energy_keV": 0.001}, 1),
        ({"incident_energy_keV": 500}, 1),
        *(({"compression": name}, 1) for name in ("bslz4", "bszstd", "bszstd_rle", "none", None)),
        ({"pixel_value_low_threshold": 0}, 1),
        ({"pixel_value_low_threshold": 2**63 - 1}, 1),
        ({"poisson_compression": 0}, 1),
        ({"poisson_compression": 16}, 1),
    ],
)
def test_runs_at_the_limits(client: BrokerClient, change: dict[str, Any], expected: int) -> None:
    """B034-B039, B042-B044, B049, B059, B063: every image comes."""
    statistics = client.measure(dataset("", 1) | change)
    assert statistics["images_expected"] == statistics["images_collected"] == expected


def test_raw_data_ignore_the_image_time(client: BrokerClient) -> None:
    """B041: also one that would be refused otherwise."""
    expect_ok(client.post(f"{FORMAT}/raw"))
    assert client.measure(dataset("", 2, image_time_us=1234))["images_collected"] == 2


def test_without_summation_every_frame_is_an_image(client: BrokerClient) -> None:
    """B102: the number of images is adjusted."""
    put(client, FORMAT, IMAGE_FORMAT | {"summation": False})
    assert client.measure(dataset("", 2, image_time_us=4000))["images_collected"] == 8


@pytest.mark.parametrize(
    ("image_format", "depth"),
    [
        ({}, 2),
        ({"bit_depth_image": 32}, 4),
        ({"bit_depth_image": 16, "signed_output": False}, 2),
        ({"bit_depth_image": 8}, None),
        ({"jungfrau_conversion_factor_keV": 0.001}, 2),
    ],
)
def test_depth_of_the_image(
    client: BrokerClient, image_format: dict[str, Any], depth: int | None
) -> None:
    """B105-B107; the contract has no number for 8 bits."""
    put(client, FORMAT, IMAGE_FORMAT | image_format)
    assert client.measure(dataset("", 1)).get("detector_pixel_depth") == depth


def test_instrument_is_kept_over_a_restart(tmp_path: Path) -> None:
    """B096: until the file itself says something else."""
    changed = NAMES | {"source_type": "Synchrotron X-ray Source", "source_name": "Other"}
    original = configuration(instrument=NAMES)
    with running_real_broker(original, tmp_path) as real:
        expect_ok(real.client.put(INSTRUMENT, changed))
    with running_real_broker(original, tmp_path) as real:
        assert changed.items() <= real.client.get(INSTRUMENT).json().items()
    edited = configuration(instrument=NAMES | {"source_name": "Edited"})
    with running_real_broker(edited, tmp_path) as real:
        assert real.client.get(INSTRUMENT).json()["source_name"] == "Edited"
