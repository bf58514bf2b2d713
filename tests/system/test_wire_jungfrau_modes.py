"""Storage cells, gain settings and a pulsed source over the wire, from the settings to the stream.

What comes is compared with the photons the simulator says to have drawn.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import pytest

from jfjoch.calibration.gain_file import load_gain_maps
from jfjoch.detector.factory import simulated_detector
from jfjoch.detector.simulated.jungfrau import SimulatedJungfrau
from jfjoch.model.configuration import JfjochSettings
from tests.helpers.broker_client import BrokerClient, expect_ok
from tests.helpers.configurations import dataset
from tests.helpers.gain_files import write_gain_file
from tests.helpers.services import running_broker
from tests.helpers.simulated_wire import SHORT_PEDESTAL, Simulator, WireSetup, running_simulator
from tests.helpers.simulator_record import SentAcquisition
from tests.helpers.sls_bench import SLSDET_IS_THERE
from tests.helpers.stream_listener import StreamListener, listening
from tests.helpers.udp_ports import reserved_udp_ports

pytestmark = pytest.mark.skipif(not SLSDET_IS_THERE, reason="slsdet is made for x86-64 only")

FIRST_PULSE = 1_000_000_000
PEDESTAL_FRAMES = (40, 32, 32)
LIGHTLESS = ["dynamic", "forced_g1", "forced_g2"]


class Wire(NamedTuple):
    """A detector of one module, a broker, and somebody who takes its stream."""

    client: BrokerClient
    simulator: Simulator
    stream: StreamListener
    truth: SimulatedJungfrau
    """A twin of what the simulator simulates."""
    state: Path

    def set_up(self, **settings: Any) -> list[dict[str, Any]]:
        """Change detector settings; the acquisitions of the pedestal that follows."""
        before = len(self.simulator.record.acquisitions())
        expect_ok(self.client.update("/config/detector", **settings))
        assert self.client.wait_till_done() == 200, self.client.status()
        return self.simulator.record.acquisitions()[before:]

    def run(self, **body: Any) -> tuple[SentAcquisition, list[dict[str, Any]]]:
        """Carry out a run; what was sent, and the image messages in order."""
        number = len(self.simulator.record.acquisitions())
        messages = self.stream.messages_of(dataset("x", 1, compression="none", **body))
        images = [message for message in messages if message["type"] == "image"]
        sent = self.simulator.record.sent(number)
        return sent, sorted(images, key=lambda image: int(image["image_id"]))

    def pedestal(self) -> Any:
        """The calibration kept on disk."""
        return h5py.File(self.state / "calibration" / "WIRE-0001.h5")

    def first_pulse_of(self, acquisition: int) -> int:
        """Pulses are counted on from one acquisition to the next."""
        earlier = self.simulator.record.acquisitions()[:acquisition]
        return FIRST_PULSE + sum(-(-a["frames_sent"] // a["storage_cells"]) for a in earlier)


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    directory = tmp_path_factory.mktemp("wire_modes")
    gains = write_gain_file(directory / "gainMaps_M001.bin", 6)
    setup = WireSetup(module_count=1, detector={"calibration_file": [str(gains)]})
    setup.more = {"zeromq": {"image_socket": [setup.image_address]}}
    detector = JfjochSettings.model_validate(setup.configuration()).detector[0]
    twin = simulated_detector(detector, load_gain_maps([gains], 1))
    assert isinstance(twin, SimulatedJungfrau)
    with (
        reserved_udp_ports(),
        running_broker(setup.configuration(), directory) as broker,
        running_simulator(setup, directory / "simulator") as simulator,
        listening(broker.client, setup.image_address) as stream,
    ):
        broker.client.initialize()
        broker.client.update("/config/image_format", geometry_transform=False)
        yield Wire(broker.client, simulator, stream, twin, directory / "state")


def assert_photons_found(image: dict[str, Any], photons: np.ndarray, up_to: int) -> None:
    """Counts up to a limit that G0 surely reaches are exactly what hit the pixel.

    The pedestal comes from few frames, so a count in some ten thousand may be one off.
    """
    counts = image["data"]["default"].pixels().astype(np.int64)
    low = photons <= up_to
    assert low.mean() > 0.95
    assert (counts[low] != photons[low]).mean() < 1e-4
    assert np.abs(counts[low] - photons[low]).max() <= 1


def assert_pedestal_found(
    wire: Wire, cells: int = 1, use_hg0: bool = False, stages: tuple[int, ...] = (0, 1, 2)
) -> None:
    """Within four standard errors for nearly all pixels."""
    with wire.pedestal() as file:
        for stage in stages:
            assert file[f"pedestal_g{stage}"].shape == (cells, 1, 512, 1024)
            for cell, mean in enumerate(file[f"pedestal_g{stage}"]):
                truth = wire.truth.sensor.truth(cell, use_hg0)
                error = np.abs(mean - truth.pedestals_adu[:, stage])
                limit = 4 * truth.rms_adu[:, stage] / np.sqrt(PEDESTAL_FRAMES[stage])
                assert (error < limit).mean() >= 0.999, f"G{stage} of storage cell {cell}"


def test_pedestal_is_measured_without_light(wire: Wire) -> None:
    """B018, B025, B026, B080: by initialize, pedestal and new settings; a run then has light."""
    measured = wire.simulator.record.acquisitions()[:3]
    wire_frames = [SHORT_PEDESTAL[f"jungfrau_pedestal_g{stage}_frames"] for stage in range(3)]
    assert [each["frames_sent"] for each in measured] == wire_frames == list(PEDESTAL_FRAMES)
    before = len(wire.simulator.record.acquisitions())
    expect_ok(wire.client.post("/pedestal"))
    assert wire.client.state() in ("Pedestal", "Idle")
    assert wire.client.wait_till_done() == 200
    measured += wire.simulator.record.acquisitions()[before:]
    measured += wire.set_up()
    assert [each["gain_stage"] for each in measured] == LIGHTLESS * 3
    assert all(each["dark"] for each in measured)
    assert_pedestal_found(wire)
    (statistics,) = wire.client.get("/statistics/calibration").json()
    assert 2300 < statistics["pedestal_g0_mean"] < 2600
    # Noise is measured from 40 frames, so some pixels may seem to have too much of it.
    assert statistics["masked_pixels"] < 100
    sent, (image,) = wire.run()
    assert sent.report["gain_stage"] == "dynamic"
    assert_photons_found(image, sent.photons(0)[0], up_to=15)


def test_storage_cells(wire: Wire) -> None:
    """B029, B035, B041, B092: pedestals, images and stream know the cell of the header."""
    measured = wire.set_up(jungfrau_storage_cell_count=4, jungfrau_storage_cell_delay_ns=3000)
    assert [each["storage_cells"] for each in measured] == [4, *[1] * 8]
    assert_pedestal_found(wire, cells=4)
    sent, images = wire.run(ntrigger=3)
    assert sent.report["storage_cells"] == 4
    assert [image["storage_cell"] for image in images] == [0, 1, 2, 3] * 3
    for number, image in enumerate(images):
        assert_photons_found(image, sent.photons(number)[0], up_to=15)
    wire.set_up(jungfrau_storage_cell_count=1)


def test_high_gain(wire: Wire) -> None:
    """B094: pedestal and gain of G0 are other ones; photons are the same."""
    wire.set_up(jungfrau_use_gain_hg0=True)
    assert_pedestal_found(wire, use_hg0=True)
    sent, images = wire.run(images_per_trigger=2)
    for number, image in enumerate(images):
        assert_photons_found(image, sent.photons(number)[0], up_to=6)
    wire.set_up(jungfrau_use_gain_hg0=False)


def test_fixed_gain(wire: Wire) -> None:
    """B093: only G1 is measured, in the dark, and all pixels of a run are in it."""
    measured = wire.set_up(jungfrau_fixed_gain_g1=True)
    assert [(each["gain_stage"], each["dark"]) for each in measured] == [("fixed_g1", True)]
    assert_pedestal_found(wire, stages=(1,))
    sent, (image,) = wire.run()
    assert sent.report["gain_stage"] == "fixed_g1"
    assert (sent.raw(0) >> 14 == 1).all()
    photons = sent.photons(0)[0]
    counts = image["data"]["default"].pixels().astype(np.int64)
    difference = (counts - photons)[photons < 500]
    # One photon is 17.8 ADU in G1, with 12 ADU of noise: 0.73 photons with the rounding.
    assert abs(difference.mean()) < 0.02
    assert difference.std() == pytest.approx(0.74, abs=0.05)
    wire.set_up(jungfrau_fixed_gain_g1=False)


def test_pulses_of_a_pulsed_source(wire: Wire) -> None:
    """B040, B099, B146, B147: pulse and event code of the headers, of the first frame of a sum."""
    expect_ok(wire.client.update("/config/instrument", pulsed_source=True))
    number = len(wire.simulator.record.acquisitions())
    _, images = wire.run(ntrigger=8, image_time_us=40_000)
    first = wire.first_pulse_of(number)
    pulses = [first + 2 * image for image in range(4)]
    codes = [1 + pulse % 2 for pulse in pulses]
    assert [image["xfel_pulse_id"] for image in images] == pulses
    assert [image["xfel_event_code"] for image in images] == codes
    assert wire.client.get("/xfel/pulse_id").json() == pulses
    assert wire.client.get("/xfel/event_code").json() == codes
    expect_ok(wire.client.update("/config/instrument", pulsed_source=False))
    wire.run()
    assert wire.client.get("/xfel/pulse_id").status_code == 404
