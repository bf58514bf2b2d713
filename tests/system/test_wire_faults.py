"""Packets are lost, doubled, mixed and spoilt on purpose; the images tell exactly which.

Broker and writer are the same for all; every kind of fault has a simulator of its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.helpers.saved_run import saved_images
from tests.helpers.simulated_wire import (
    FRAME_TIME_US,
    Receiving,
    Simulator,
    WireRun,
    WireSetup,
    running_receiving_side,
    running_simulator,
)
from tests.helpers.wire_images import (
    assert_jungfrau_images,
    assert_packets_told,
    write_gain_files,
)

FRAMES = 12
FAULTS = {
    "loss": ("--loss 0.03", {"lost"}),
    "burst loss": ("--burst-loss 0.002,20", {"lost"}),
    "duplicates": ("--duplicate 0.05", {"duplicated"}),
    "reordering": ("--reorder 64", {"reordered"}),
    "corruption": ("--corrupt 0.03", {"truncated", "wrong_type", "wrong_number"}),
    "wrong version": ("--wrong-version 0.03", {"wrong_version"}),
    "dead module": ("--dead-module 1,7", {"lost"}),
    "everything": (
        "--loss 0.02 --burst-loss 0.001,20 --duplicate 0.03 --reorder 64 --corrupt 0.02"
        " --wrong-version 0.02 --dead-module 0,9",
        {
            *("lost", "truncated", "wrong_type", "wrong_number", "wrong_version"),
            *("duplicated", "reordered"),
        },
    ),
}
KINDS = FAULTS["everything"][1]


@dataclass(frozen=True)
class Facility:
    """What receives, and what is needed to start one detector after another."""

    setup: WireSetup
    receiving: Receiving
    gain_files: list[str]

    @contextmanager
    def detector(self, directory: Path, options: str) -> Iterator[Simulator]:
        """Have a detector with faults, initialized."""
        with running_simulator(self.setup, directory, options.split()) as simulator:
            self.receiving.client.initialize()
            yield simulator

    def assert_right(self, run: WireRun, frames_per_image: int = 1) -> None:
        """Every pixel, and what is told of packets per image and run."""
        state = self.receiving.state
        assert_jungfrau_images(run, state, self.gain_files, frames_per_image)
        assert_packets_told(run, frames_per_image)


@pytest.fixture(scope="module")
def facility(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Facility]:
    directory = tmp_path_factory.mktemp("wire")
    gain_files = write_gain_files(directory / "gains")
    setup = WireSetup(detector={"calibration_file": gain_files, "udp_interface_count": 2})
    with running_receiving_side(setup, directory) as receiving:
        yield Facility(setup, receiving, gain_files)


@pytest.mark.parametrize("fault", FAULTS)
def test_missing_pixels_are_errors_and_all_others_right(
    facility: Facility, tmp_path: Path, fault: str
) -> None:
    """B171: what was injected is missing, in its place and in every count; nothing else is."""
    options, kinds = FAULTS[fault]
    with facility.detector(tmp_path, options) as simulator:
        run = facility.receiving.measure(simulator, fault, FRAMES)
        devices = facility.receiving.client.get("/fpga_status").json()
    injected = run.sent.report["injected"]
    assert {kind for kind in KINDS if injected[kind]} == kinds
    assert run.statistics["images_collected"] == run.statistics["images_sent"] == FRAMES
    facility.assert_right(run)
    _assert_device_counts(devices, run)


def _assert_device_counts(devices: list[dict[str, Any]], run: WireRun) -> None:
    """B144. A run ends with its last packet; what is sent after that is for nobody."""
    report = run.sent.report
    (device,) = devices
    assert device["packets_sls"] == report["packets_due"] - report["injected"]["missing"]
    if run.sent.packets_missing[-1]:
        assert device["packets_udp"] == report["packets_sent"]
    else:
        needless = report["injected"]["duplicated"]
        assert device["packets_udp"] <= report["packets_sent"]
        assert device["packets_udp"] >= report["packets_sent"] - needless


def test_errors_win_in_sums(facility: Facility, tmp_path: Path) -> None:
    """B102, B171: a pixel missing in any of the frames is missing in the image."""
    with facility.detector(tmp_path, "--loss 0.03 --reorder 64 --duplicate 0.02") as simulator:
        for frames, dtype in ((2, "int16"), (4, "int32")):
            body = {"image_time_us": frames * FRAME_TIME_US}
            run = facility.receiving.measure(simulator, f"sums_{frames}", 4, **body)
            assert run.sent.report["frames_sent"] == 4 * frames
            assert run.sent.report["injected"]["missing"] > 0
            assert saved_images(run.master).dtype == dtype
            facility.assert_right(run, frames)


def test_images_without_packets_are_numbered_and_counted(
    facility: Facility, tmp_path: Path
) -> None:
    """B143, B171, B172: a gap in the file at their number, and a warning that tells how many."""
    with facility.detector(tmp_path, "--burst-loss 0.015,150 --seed 4") as simulator:
        for frames in (1, 2):
            body = {"image_time_us": frames * FRAME_TIME_US}
            run = facility.receiving.measure(simulator, f"gaps_{frames}", 20 // frames, **body)
            _assert_gaps_told(run, frames, facility.receiving.client.status())
            facility.assert_right(run, frames)


def _assert_gaps_told(run: WireRun, frames_per_image: int, status: dict[str, Any]) -> None:
    images = run.statistics["images_expected"]
    lost = {frame // frames_per_image for frame in run.sent.lost_frames}
    kept = set(range(images)) - lost
    assert min(lost) < max(kept), "no gap between images"
    assert run.statistics["images_collected"] == run.statistics["images_sent"] == len(kept)
    assert run.statistics["max_image_number_sent"] == max(kept) + 1
    assert f"{len(lost)} lost as frames of them were" in status["message"]
    assert status["message_severity"] == "warning"
    with h5py.File(run.master) as file:
        valid = file["/entry/image/valid"][:]
    np.testing.assert_array_equal(valid, [number in kept for number in range(max(kept) + 1)])
    assert np.all(saved_images(run.master)[min(lost)] == -32768)
