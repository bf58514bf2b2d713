"""A broker that can't be started says why on one line and leaves no trace."""

import json
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.helpers.configurations import Setup
from tests.helpers.services import BROKER, WRITER, running_broker

CONFIGURATION_REFUSED = 2
START_FAILED = 1


def _run(module: str, *arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)


def _assert_refused(
    result: "subprocess.CompletedProcess[str]", code: int, named: tuple[str, ...]
) -> None:
    output = result.stdout + result.stderr
    assert result.returncode == code, output
    assert "Traceback" not in output
    for text in named:
        assert text in output


def _refused_configuration(directory: Path, content: str, *named: str) -> None:
    path = directory / "broker.json"
    path.write_text(content)
    result = _run(BROKER, path, 0, "--state-dir", directory / "state")
    _assert_refused(result, CONFIGURATION_REFUSED, named)


def _configuration_with(change: Callable[[dict[str, Any]], None]) -> str:
    configuration = Setup(module_count=1).configuration()
    change(configuration)
    return json.dumps(configuration)


def test_a_missing_configuration_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nowhere.json"
    _assert_refused(_run(BROKER, path, 0), CONFIGURATION_REFUSED, (str(path),))


def test_a_serial_number_too_long_for_a_file_name_is_named(tmp_path: Path) -> None:
    content = _configuration_with(lambda c: c["detector"][0].update(serial_number=300 * "S"))
    _refused_configuration(tmp_path, content, "detector[0].serial_number", "300 characters")


@pytest.mark.parametrize(
    ("content", "place"), [('{"detector": [}', "line 1"), ("", "line 1"), ("[]", "object")]
)
def test_a_malformed_configuration_is_located(tmp_path: Path, content: str, place: str) -> None:
    _refused_configuration(tmp_path, content, "broker.json", place)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda c: c.update(bogus=1), "bogus"),
        (lambda c: c["detector"][0].update(bogus=1), "detector[0].bogus"),
        (
            lambda c: c["detector"][0]["standard_geometry"].update(nmodules="one"),
            "detector[0].standard_geometry.nmodules",
        ),
        (lambda c: c["detector_settings"].pop("frame_time_us"), "detector_settings.frame_time_us"),
        (lambda c: c.update(image_buffer_MiB=1), "image_buffer_MiB"),
        (lambda c: c.update(detector=[]), "detector"),
        (lambda c: c.update(image_pusher="Carrier pigeon"), "image_pusher"),
    ],
)
def test_a_wrong_key_or_value_is_named_by_its_path(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], path: str
) -> None:
    """B189: exactly the model, nothing is ignored."""
    _refused_configuration(tmp_path, _configuration_with(change), path)


@pytest.mark.parametrize("size", [0, 12_582_911, 25_165_825])
def test_a_gain_file_of_a_wrong_size_is_refused(tmp_path: Path, size: int) -> None:
    """Named are the file, its size and both sizes that fit."""
    gain_file = tmp_path / "gainMaps_M999.bin"
    with gain_file.open("wb") as file:
        file.truncate(size)
    content = json.dumps(Setup(module_count=1, gain_files=[gain_file]).configuration())
    _refused_configuration(
        tmp_path, content, "gainMaps_M999.bin", str(size), "12582912", "25165824"
    )


def test_a_missing_gain_file_is_named(tmp_path: Path) -> None:
    content = json.dumps(Setup(module_count=1, gain_files=[tmp_path / "gone.bin"]).configuration())
    _refused_configuration(tmp_path, content, "gone.bin")


def test_a_gain_file_per_module_is_expected(tmp_path: Path) -> None:
    gain_file = tmp_path / "gain.bin"
    np.full((3, 512, 1024), 40.0).tofile(gain_file)
    content = json.dumps(Setup(module_count=2, gain_files=[gain_file]).configuration())
    _refused_configuration(tmp_path, content, "1 gain file", "2 modules")


def _save_calibration(path: Path, shape: tuple[int, ...]) -> None:
    with h5py.File(path, "w") as file:
        for name in ("pedestal_g0", "pedestal_g1", "pedestal_g2", "pedestal_rms_g0"):
            file[name] = np.zeros(shape, np.float32)


@pytest.mark.parametrize("shape", [(1, 2, 512, 1024), (1, 1, 256, 1024), (512, 1024)])
def test_a_calibration_of_another_shape_is_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    """Both shapes are named."""
    configuration, calibration = tmp_path / "broker.json", tmp_path / "calibration.h5"
    configuration.write_text(json.dumps(Setup(module_count=1).configuration()))
    _save_calibration(calibration, shape)
    result = _run(
        BROKER, configuration, 0, "--calibration", calibration, "--state-dir", tmp_path / "state"
    )
    came = ", ".join(map(str, shape))
    _assert_refused(result, CONFIGURATION_REFUSED, (str(calibration), came, "1, 1, 512, 1024"))


def test_a_calibration_that_is_none_is_refused(tmp_path: Path) -> None:
    configuration, calibration = tmp_path / "broker.json", tmp_path / "calibration.h5"
    configuration.write_text(json.dumps(Setup(module_count=1).configuration()))
    calibration.write_text("not HDF5")
    result = _run(
        BROKER, configuration, 0, "--calibration", calibration, "--state-dir", tmp_path / "state"
    )
    _assert_refused(result, CONFIGURATION_REFUSED, (str(calibration), "HDF5"))


def test_an_http_port_in_use_is_named(tmp_path: Path) -> None:
    configuration = tmp_path / "broker.json"
    configuration.write_text(json.dumps(Setup(module_count=1).configuration()))
    with socket.create_server(("127.0.0.1", 0)) as occupied:
        port = occupied.getsockname()[1]
        result = _run(BROKER, configuration, port, "--state-dir", tmp_path / "state")
    _assert_refused(result, START_FAILED, (f"127.0.0.1:{port}",))


def test_an_image_socket_in_use_is_named(tmp_path: Path) -> None:
    configuration = tmp_path / "broker.json"
    setup = Setup(module_count=1)
    configuration.write_text(json.dumps(setup.configuration()))
    port = int(setup.image_address.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)):
        result = _run(BROKER, configuration, 0, "--state-dir", tmp_path / "state")
    _assert_refused(result, CONFIGURATION_REFUSED, (setup.image_address,))


def test_a_corrupt_settings_file_is_set_aside(tmp_path: Path) -> None:
    """The broker starts from its configuration file, says so, and destroys nothing."""
    state = tmp_path / "state"
    state.mkdir()
    (state / "settings.json").write_text("{ half a fi")
    with running_broker(Setup(module_count=1).configuration(), tmp_path) as broker:
        assert broker.client.get("/config/detector").json()["frame_time_us"] == 1000
        assert "settings.json" in broker.process.log
    kept = [path.read_text() for path in state.glob("settings.json*")]
    assert "{ half a fi" in kept


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((), "ADDRESS"),
        (("--bogus", "tcp://127.0.0.1:5400"), "bogus"),
        (("-w", "none", "tcp://127.0.0.1:5400"), "watermark"),
        (("not an address",), "not an address"),
        (("-R", "/nowhere/at/all", "tcp://127.0.0.1:5400"), "/nowhere/at/all"),
    ],
)
def test_the_writer_names_what_it_can_not_use(arguments: tuple[str, ...], named: str) -> None:
    _assert_refused(_run(WRITER, *arguments), CONFIGURATION_REFUSED, (named,))
