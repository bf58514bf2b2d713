"""The command ``jfjoch_broker``: how it starts, what it refuses, how it ends."""

import json
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.services import broker_process, running_broker

CONFIGURATION: dict[str, Any] = {
    "frontend_directory": "",
    "image_pusher": "None",
    "image_buffer_MiB": 128,
    "detector": [{"description": "JF", "serial_number": "1", "standard_geometry": {"nmodules": 1}}],
    "detector_settings": {
        "frame_time_us": 1000,
        "timing": "auto",
        "jungfrau_pedestal_g0_frames": 32,
        "jungfrau_pedestal_g1_frames": 32,
        "jungfrau_pedestal_g2_frames": 32,
        "jungfrau_pedestal_min_image_count": 32,
    },
}
DATASET = {
    "beam_x_pxl": 500,
    "beam_y_pxl": 250,
    "detector_distance_mm": 100,
    "incident_energy_keV": 12.4,
    "images_per_trigger": 1_000_000,
}
LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (DEBUG|INFO|WARNING|ERROR) .")


def refusal(configuration: Any, directory: Path, *options: str | Path) -> tuple[int, str]:
    process = broker_process(configuration, directory, options)
    process.start()
    try:
        return process.wait_for_end(), process.log
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def test_help_tells_the_exit_codes() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "jfjoch.cli.broker", "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "CONFIG.json [PORT]" in " ".join(shown.split())
    assert "exit code 0" in shown
    assert all(f"{code}: " in shown for code in (1, 2))


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({"colour": "red"}, (), "colour: unknown key"),
        ({"image_pusher": "hdf5"}, (), "image_pusher: expected 'ZeroMQ', 'HDF5', 'CBOR' or 'None'"),
        ({}, ("--state-dir", "/dev/null/state"), "state directory /dev/null/state"),
        ({}, ("--calibration", "none.h5"), "none.h5"),
        (
            {"detector": [CONFIGURATION["detector"][0] | {"hostname": ["board"]}]},
            (),
            "pcie",
        ),
        (
            {
                "detector": [
                    CONFIGURATION["detector"][0]
                    | {"standard_geometry": {"nmodules": 1000, "modules_in_row": 50}}
                ]
            },
            (),
            "image_buffer_MiB: 4 frames of 1000 modules (JF) need 4000 MiB, got 128",
        ),
        ({}, ("--log-level", "loud"), "invalid choice"),
        ({}, ("--log-level", "INFO", "--calibration", "none.h5"), "none.h5"),
    ],
)
def test_what_can_not_be_used_ends_with_2(
    tmp_path: Path, change: dict[str, Any], options: tuple[str, ...], message: str
) -> None:
    code, log = refusal(CONFIGURATION | change, tmp_path, *options)
    assert code == 2, log
    assert message in log
    assert "Traceback" not in log


def test_port_in_use_ends_with_1(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        path = tmp_path / "broker.json"
        path.write_text(json.dumps(CONFIGURATION))
        ended = subprocess.run(
            [sys.executable, "-m", "jfjoch.cli.broker", path, str(port), "--state-dir", tmp_path],
            capture_output=True,
            text=True,
            check=False,
        )
    assert ended.returncode == 1
    assert f"can't listen on 127.0.0.1:{port}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_signal_cancels_the_run_and_ends_with_0(tmp_path: Path) -> None:
    with running_broker(CONFIGURATION, tmp_path) as broker:
        broker.client.post("/initialize")
        assert broker.client.post("/wait_till_done").status_code == 200
        assert broker.client.post("/start", json=DATASET).status_code == 200
        assert broker.client.get("/status").json()["state"] == "Measuring"
        broker.process.stop()  # checks exit code and log
    assert "images collected; cancelled" in broker.process.log
    assert all(LOG_LINE.match(line) for line in broker.process.log.splitlines())
    assert (tmp_path / "state" / "run_number").read_text() == "2\n"


def test_settings_survive_a_restart(tmp_path: Path) -> None:
    with running_broker(CONFIGURATION, tmp_path) as broker:
        settings = broker.client.get("/config/detector").json() | {"frame_time_us": 2000}
        assert broker.client.put("/config/detector", json=settings).status_code == 200
    with running_broker(CONFIGURATION, tmp_path) as broker:
        assert broker.client.get("/config/detector").json() == settings
    changed = CONFIGURATION["detector_settings"] | {"frame_time_us": 3000}
    with running_broker(CONFIGURATION | {"detector_settings": changed}, tmp_path) as broker:
        assert broker.client.get("/config/detector").json()["frame_time_us"] == 3000
    assert "detector_settings changed in the configuration file" in broker.process.log
