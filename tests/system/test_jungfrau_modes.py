"""Storage cells, gain settings and a pulsed source, from the settings to the stream.

What comes is compared with the photons the simulated detector drew: a second one is built from
the same serial number and gain files.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import pytest

from jfjoch.calibration.gain_file import load_gain_maps
from jfjoch.detector.factory import simulated_detector
from jfjoch.detector.simulated.jungfrau import SimulatedJungfrau
from jfjoch.model.configuration import JfjochSettings
from tests.helpers.broker_client import BrokerClient
from tests.helpers.configurations import Setup, dataset
from tests.helpers.frame_plans import frame_plan
from tests.helpers.gain_files import write_gain_file
from tests.helpers.services import Broker, running_broker
from tests.helpers.stream_listener import StreamListener, listening

ENERGY_KEV = 12.4
FRAMES = (200, 150, 150)
"""Of the quick pedestal."""


class Running(NamedTuple):
    """A broker, somebody who takes its stream, and a twin of its detector."""

    broker: Broker
    stream: StreamListener
    twin: SimulatedJungfrau
    directory: Path

    @property
    def client(self) -> BrokerClient:
        return self.broker.client

    def run(self, **body: Any) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
        """Carry out a run; start message, calibration messages, image messages by number."""
        messages = self.stream.messages_of(dataset("x", 1, compression="none", **body))
        calibrations = [m for m in messages if m["type"] == "calibration"]
        images = sorted(
            (m for m in messages if m["type"] == "image"), key=lambda m: int(m["image_id"])
        )
        return messages[0], calibrations, images

    def true_photons(self, frames: int, **plan: Any) -> list[np.ndarray]:
        """What hit the pixels in each frame of a run, [512, 1024]."""
        self.twin.start(frame_plan(frame_count=frames, photon_energy_keV=ENERGY_KEV, **plan))
        return [self.twin.true_photons(number)[0].astype(np.int64) for number in range(frames)]

    def pedestal(self) -> Any:
        """The calibration kept on disk."""
        return h5py.File(self.directory / "state" / "calibration" / "TEST-0001.h5")


@contextmanager
def running(
    directory: Path, map_count: int = 6, instrument: dict[str, Any] | None = None, **settings: Any
) -> Iterator[Running]:
    """Run a detector of one module, raw geometry, initialized with these settings."""
    directory.mkdir(parents=True, exist_ok=True)
    setup = Setup(
        module_count=1,
        gain_files=[write_gain_file(directory / "gainMaps_M001.bin", map_count)],
        detector_settings=settings,
        notification_address=None,
    )
    configuration = setup.configuration()
    configuration["instrument"] |= instrument or {}
    detector = JfjochSettings.model_validate(configuration).detector[0]
    twin = simulated_detector(detector, load_gain_maps(setup.gain_files, 1))
    assert isinstance(twin, SimulatedJungfrau)
    twin.switch_on()
    with (
        running_broker(configuration, directory) as broker,
        listening(broker.client, setup.image_address) as stream,
    ):
        broker.client.initialize()
        broker.client.update("/config/image_format", geometry_transform=False)
        yield Running(broker, stream, twin, directory)


def assert_photons_found(image: dict[str, Any], truth: np.ndarray, up_to: int) -> None:
    """Every count up to a limit that G0 surely reaches is exactly what hit the pixel."""
    counts = image["data"]["default"].pixels().astype(np.int64)
    assert counts.shape == truth.shape
    low = truth <= up_to
    assert low.mean() > 0.95
    wrong = counts[low] != truth[low]
    assert wrong.sum() == 0, f"{wrong.sum()} of {low.sum()} pixels"


def assert_pedestal_found(running: Running, use_hg0: bool = False) -> None:
    """Every stage and storage cell, within four standard errors for 99.9 % of the pixels."""
    with running.pedestal() as file:
        for stage, frames in enumerate(FRAMES):
            for cell, mean in enumerate(file[f"pedestal_g{stage}"]):
                truth = running.twin.sensor.truth(cell, use_hg0)
                error = np.abs(mean - truth.pedestals_adu[:, stage])
                limit = 4 * truth.rms_adu[:, stage] / np.sqrt(min(frames, 255))
                assert (error < limit).mean() >= 0.999, f"G{stage} of storage cell {cell}"


def test_storage_cells(tmp_path: Path) -> None:
    """B029, B035, B041, B092: pedestals, images and stream know their cell."""
    cells = {"jungfrau_storage_cell_count": 4, "jungfrau_storage_cell_delay_ns": 3000}
    with running(tmp_path, **cells) as it:
        with it.pedestal() as file:
            assert file["pedestal_g1"].shape == (4, 1, 512, 1024)
        assert_pedestal_found(it)
        start, calibrations, images = it.run(images_per_trigger=50, ntrigger=3, image_time_us=1234)
        assert start["number_of_images"] == len(images) == 12
        assert start["storage_cell_number"] == 4
        assert start["storage_cell_delay"] == pytest.approx(3e-6)
        assert [image["storage_cell"] for image in images] == [0, 1, 2, 3] * 3
        names = {name for message in calibrations for name in message["data"]}
        assert {"pedestal_g0_sc0", "pedestal_g2_sc3", "pedestal_rms_g0_sc3"} <= names
        truth = it.true_photons(12, storage_cell_count=4)
        for image, photons in zip(images, truth, strict=True):
            assert_photons_found(image, photons, up_to=15)


def test_triggers_release_one_image_of_every_storage_cell(tmp_path: Path) -> None:
    """B035, B072."""
    with running(tmp_path, jungfrau_storage_cell_count=3, timing="trigger") as it:
        it.client.start(dataset("", 50, ntrigger=2))
        it.client.post("/trigger")
        it.client.wait_for_images(3)
        assert it.client.state() == "Measuring"
        it.client.post("/trigger")
        assert it.client.wait_till_done() == 200
        statistics = it.client.statistics()
        assert statistics["images_expected"] == statistics["images_collected"] == 6


def test_high_gain(tmp_path: Path) -> None:
    """B094: pedestal and gain of G0 are other ones; photons are the same."""
    with running(tmp_path, jungfrau_use_gain_hg0=True) as it:
        assert_pedestal_found(it, use_hg0=True)
        _, _, images = it.run(images_per_trigger=2)
        truth = it.true_photons(2, use_hg0=True)
        for image, photons in zip(images, truth, strict=True):
            assert_photons_found(image, photons, up_to=6)


def test_high_gain_needs_gain_files_that_have_it(tmp_path: Path) -> None:
    """B094: 400 naming the file; nothing has changed, and no pedestal was measured."""
    with running(tmp_path, map_count=3) as it:
        before = it.client.get("/config/detector").json()
        refused = it.client.update("/config/detector", jungfrau_use_gain_hg0=True)
        assert refused.status_code == 400
        assert "gainMaps_M001.bin has 3 maps" in refused.text
        assert it.client.get("/config/detector").json() == before
        assert it.client.state() == "Idle"


def test_pixels_with_much_noise_are_masked(tmp_path: Path) -> None:
    """B112: those above the limit; near it the measured noise decides."""
    with running(tmp_path) as it:
        it.client.update("/config/image_format", jungfrau_pedestal_g0_rms_limit=26)
        start, _, _ = it.run()
        masked = (start["pixel_mask"]["default"].pixels() & 4) != 0
        rms = it.twin.sensor.truth().rms_adu[0, 0]
        # The RMS of some 200 frames is known to about 1.3 ADU.
        assert (rms > 29).sum() > 100
        assert masked[rms > 29].mean() > 0.97
        assert masked[rms < 20].mean() < 0.001
        assert 0.05 < masked.mean() < 0.3


def test_fixed_gain(tmp_path: Path) -> None:
    """B093: only G1 is measured; no pixel is bad for want of G0, and photons are counted."""
    with running(tmp_path, jungfrau_fixed_gain_g1=True) as it:
        with it.pedestal() as file:
            assert np.isnan(file["pedestal_g0"][:]).all()
            assert np.isnan(file["pedestal_g2"][:]).all()
            truth = it.twin.sensor.truth()
            error = np.abs(file["pedestal_g1"][0] - truth.pedestals_adu[:, 1])
            limit = 4 * truth.rms_adu[:, 1] / np.sqrt(FRAMES[1])
            assert (error < limit).mean() >= 0.999
        start, _, (image,) = it.run(images_per_trigger=1)
        mask = start["pixel_mask"]["default"].pixels()
        assert not (mask & 2).any()
        counts = image["data"]["default"].pixels().astype(np.int64)
        (photons,) = it.true_photons(1, gain_stage="fixed_g1")
        in_range = photons < 500  # beyond, a pixel in G1 has reached ADC 0
        assert in_range.sum() > 512 * 1024 - 100
        difference = (counts - photons)[in_range]
        # One photon is 17.8 ADU in G1, with 12 ADU of noise: 0.73 photons with the rounding.
        assert abs(difference.mean()) < 0.01
        assert difference.std() == pytest.approx(0.73, abs=0.05)


def test_pulsed_source(tmp_path: Path) -> None:
    """B035, B040, B099: one frame per trigger, sums over triggers, pulse and event code."""
    with running(tmp_path, instrument={"pulsed_source": True}) as it:
        start, _, images = it.run(images_per_trigger=50, ntrigger=8, image_time_us=4000)
        assert start["number_of_images"] == len(images) == 2
        first, second = (image["xfel_pulse_id"] for image in images)
        assert second == first + 4
        assert images[0]["xfel_event_code"] == images[1]["xfel_event_code"]
        truth = it.true_photons(8)
        for image, frames in zip(images, (truth[:4], truth[4:]), strict=True):
            assert max(map(np.max, frames)) > 15, "G1 is seen elsewhere"
            low = np.max(frames, axis=0) <= 15
            counts = image["data"]["default"].pixels().astype(np.int64)
            assert (counts != np.sum(frames, axis=0))[low].sum() == 0
        _, _, images = it.run(ntrigger=3)
        assert [image["xfel_pulse_id"] - first for image in images] == [8, 9, 10]
        refused = it.client.post("/start", dataset("", 1, ntrigger=7, image_time_us=4000))
        assert refused.status_code == 400
        assert "multiple of 4" in refused.text


def test_electron_source(tmp_path: Path) -> None:
    """B100: the wavelength is the electron's."""
    with running(tmp_path, instrument={"electron_source": True}) as it:
        start, _, _ = it.run(ntrigger=1)
        assert start["incident_energy"] == pytest.approx(12_400)
        assert start["incident_wavelength"] == pytest.approx(0.1095, abs=2e-4)


def test_rotation_scan(tmp_path: Path) -> None:
    """B052: images of a turning crystal, in order, the same ones at the same angles."""
    goniometer = {"step": 0.5, "start": 10.0, "vector": [-1.0, 0.0, 0.0]}
    with running(tmp_path) as it:
        start, _, images = it.run(ntrigger=20, goniometer=goniometer)
        assert start["goniometer"]["omega"]["increment"] == 0.5
        (later,) = it.run(goniometer=goniometer | {"start": 10.0 + 18 * 0.5})[2]
    same_angle = images[18]["data"]["default"].pixels(), later["data"]["default"].pixels()
    bright = [image > 20 for image in same_angle]
    overlap = np.logical_and(*bright).sum() / np.logical_or(*bright).sum()
    other = images[0]["data"]["default"].pixels() > 20
    assert overlap > 0.7
    assert np.logical_and(bright[0], other).sum() / np.logical_or(bright[0], other).sum() < 0.2
