"""The configuration file: taken as a whole, or refused naming the place (B189-B193)."""

import json
from pathlib import Path
from typing import Any

import pytest

from jfjoch.broker.configuration_file import load_configuration
from jfjoch.errors import ConfigurationError

DETECTOR = {"description": "JF", "serial_number": "1", "standard_geometry": {"nmodules": 2}}
SMALLEST = {"frontend_directory": "", "image_pusher": "ZeroMQ", "detector": [DETECTOR]}


def written(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / "config.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_smallest_file_and_its_defaults(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = load_configuration(written(tmp_path, SMALLEST))
    assert settings.detector[0].module_count == 2
    assert (settings.image_buffer_MiB, settings.receiver_threads) == (2048, 64)
    assert caplog.records == []


def test_gain_files_are_looked_for_beside_the_file(tmp_path: Path) -> None:
    detector = DETECTOR | {"calibration_file": ["gain/m0.bin", "/data/m1.bin"]}
    settings = load_configuration(written(tmp_path, SMALLEST | {"detector": [detector]}))
    assert settings.detector[0].calibration_file == [f"{tmp_path}/gain/m0.bin", "/data/m1.bin"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"unknown": 1}, "unknown: unknown key"),
        (
            {"detector": [DETECTOR | {"standard_geometry": {"nmodules": 0}}]},
            r"detector\[0\]\.standard_geometry\.nmodules: expected a value >= 1, got 0",
        ),
        (
            {"detector": [DETECTOR, DETECTOR | {"nickname": "x"}]},
            r"detector\[1\]\.nickname: unknown key",
        ),
        ({"detector": []}, "detector: expected a list of at least 1 item"),
        ({"detector": [{}]}, r"detector\[0\]\.serial_number: expected a value, got none"),
        ({"detector": [DETECTOR | {"custom_geometry": []}]}, "exactly one of standard_geometry"),
        ({"image_pusher": "TCP"}, "image_pusher: expected 'ZeroMQ', 'HDF5', 'CBOR' or 'None'"),
        ({"receiver_threads": "8"}, 'receiver_threads: expected an integer, got "8"'),
        ({"detector_settings": {"frame_time_us": 1.5}}, r"detector_settings\.frame_time_us"),
        ({"zeromq": {"send_watermark": 1}}, r"zeromq\.send_watermark: expected a value >= 2"),
        ({"image_buffer_MiB": 127}, "image_buffer_MiB: expected a value >= 128, got 127"),
    ],
)
def test_wrong_place_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        load_configuration(written(tmp_path, SMALLEST | change))


def test_all_wrong_places_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_configuration(written(tmp_path, SMALLEST | {"one": 1, "two": 2}))
    assert "one: unknown key" in str(caught.value)
    assert "two: unknown key" in str(caught.value)


@pytest.mark.parametrize(("character", "most"), [("A", 200), ("/", 66), ("é", 33), (" ", 200)])
def test_serial_number_that_is_too_long_for_a_file_name(
    tmp_path: Path, character: str, most: int
) -> None:
    """The calibration and the user mask are kept under it."""
    detectors = [DETECTOR, DETECTOR | {"serial_number": most * character}]
    load_configuration(written(tmp_path, SMALLEST | {"detector": detectors}))
    detectors[1]["serial_number"] += character
    message = rf"detector\[1\]\.serial_number: .* of {most + 1} characters"
    with pytest.raises(ConfigurationError, match=message):
        load_configuration(written(tmp_path, SMALLEST | {"detector": detectors}))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{\n  "detector": ,\n}', "line 2, column 15: not JSON"),
        ('{"image_pusher": "None", "image_pusher": "None"}', "'image_pusher' stands more than"),
        ('{"image_buffer_MiB": NaN}', "expected a finite number, got NaN"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "the whole: expected a JSON object"),
        ("9" * 5000, "can't be used"),
    ],
)
def test_what_is_not_json(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        load_configuration(written(tmp_path, content))


def test_other_bytes_and_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    with pytest.raises(ConfigurationError, match=f"{path}: expected a file, got: No such file"):
        load_configuration(path)
    path.write_bytes(b'{"a": "\xff"}')
    with pytest.raises(ConfigurationError, match="expected UTF-8 text"):
        load_configuration(path)


@pytest.mark.parametrize("address", ["localhost", "::1", "10.1.1.300", "10.1.1.1/24"])
def test_receivers_have_ipv4_addresses(tmp_path: Path, address: str) -> None:
    """B189."""
    path = written(tmp_path, SMALLEST | {"pcie": [{"blk": "udp0", "ipv4": address}]})
    with pytest.raises(ConfigurationError, match=r"pcie\[0\]\.ipv4: expected an IPv4 address"):
        load_configuration(path)


@pytest.mark.parametrize("pusher", ["ZeroMQ", "HDF5", "CBOR", "None"])
def test_every_image_pusher_is_taken(tmp_path: Path, pusher: str) -> None:
    """B189."""
    settings = load_configuration(written(tmp_path, SMALLEST | {"image_pusher": pusher}))
    assert settings.image_pusher == pusher


def test_what_this_version_does_not_use_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """B193."""
    change = {"pcie": [{"blk": "a", "ipv4": "10.0.0.1"}], "frontend_directory": "pages"}
    load_configuration(written(tmp_path, SMALLEST | change))
    assert "not used by this version: frontend_directory" in caplog.text
