"""A simulated JUNGFRAU sends packets; files are compared with what it says it has sent.

Frames of the simulator are told by its truth file. What they must become is computed slowly, with
the pedestal the broker has measured over the same wire.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.broker_client import expect_ok
from tests.helpers.saved_run import saved_images
from tests.helpers.simulated_wire import FRAME_TIME_US, Wire, WireSetup, running_wire
from tests.helpers.wire_images import (
    JungfrauImages,
    assert_jungfrau_images,
    assert_packets_told,
    write_gain_files,
)

FRAMES = 20
"""More than the simulator keeps images, and than the receiver has in its window."""
NETWORKS = {
    "one interface": (1, 1),
    "two interfaces": (2, 1),
    "two receivers": (1, 2),
}


@dataclass(frozen=True)
class Facility:
    """A wire without faults, and the gains of its detector."""

    wire: Wire
    gain_files: list[str]

    @property
    def state(self) -> Path:
        return self.wire.receiving.state


@pytest.fixture(scope="module", params=NETWORKS)
def facility(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Facility]:
    interfaces, receivers = NETWORKS[request.param]
    directory = tmp_path_factory.mktemp("wire")
    gain_files = write_gain_files(directory / "gains")
    detector = {"udp_interface_count": interfaces, "calibration_file": gain_files}
    setup = WireSetup(receiver_count=receivers, detector=detector)
    with running_wire(setup, directory) as wire:
        yield Facility(wire, gain_files)


def test_every_pixel_of_calibrated_images(facility: Facility) -> None:
    """B103, B104: raw words in packets become photons in the file; nothing is lost."""
    run = facility.wire.measure("photons", FRAMES)
    assert run.statistics["images_collected"] == run.statistics["images_sent"] == FRAMES
    assert run.sent.report["injected"]["missing"] == 0
    assert_jungfrau_images(run, facility.state, facility.gain_files)
    assert_packets_told(run)


@pytest.mark.parametrize("facility", ["one interface"], indirect=True)
def test_photons_that_hit_the_pixels_are_counted(facility: Facility) -> None:
    """Up to 15 photons, where a pixel is surely in G0, every count is the true one."""
    client = facility.wire.client
    expect_ok(client.update("/config/image_format", geometry_transform=False))
    run = facility.wire.measure("counts", 4)
    expect_ok(client.update("/config/image_format", geometry_transform=True))
    expected = JungfrauImages(run.sent, facility.state, facility.gain_files)
    for number, image in enumerate(saved_images(run.master)):
        counts, photons = image.reshape(2, 512, 1024), run.sent.photons(number)
        bounds = expected.counts([number], "int16").stacked("int16")
        assert bounds.wrong_pixels(image) == 0
        low = photons <= 15
        assert low.mean() > 0.95
        assert np.count_nonzero(counts[low] != photons[low]) == 0


def test_raw_images_hold_the_words_of_the_packets(facility: Facility) -> None:
    """B041, B113: without conversion modules are stacked, every bit as it was sent."""
    client = facility.wire.client
    expect_ok(client.post("/config/image_format/raw"))
    run = facility.wire.measure("raw", FRAMES)
    expect_ok(client.post("/config/image_format/conversion"))
    images = saved_images(run.master)
    assert images.dtype == np.uint16
    for number, image in enumerate(images):
        np.testing.assert_array_equal(image.reshape(2, 512, 1024), run.sent.raw(number))
    assert_packets_told(run)


@pytest.mark.parametrize("facility", ["one interface"], indirect=True)
def test_sums_of_frames(facility: Facility) -> None:
    """B102: four frames for an image."""
    run = facility.wire.measure("sums", FRAMES // 4, image_time_us=4 * FRAME_TIME_US)
    assert run.sent.report["frames_sent"] == FRAMES
    assert_jungfrau_images(run, facility.state, facility.gain_files, frames_per_image=4)
    assert_packets_told(run, frames_per_image=4)


def test_receivers_tell_their_packets(facility: Facility) -> None:
    """B144: packets that came and that were taken, of every receiver."""
    run = facility.wire.measure("", 5)
    devices = facility.wire.client.get("/fpga_status").json()
    receivers = facility.wire.setup.receiver_count
    assert [d["pci_dev_id"] for d in devices] == [f"udp{n}" for n in range(receivers)]
    packets = [run.sent.report["packets_sent"] // receivers] * receivers
    assert [d["packets_udp"] for d in devices] == packets
    assert [d["packets_sls"] for d in devices] == packets
