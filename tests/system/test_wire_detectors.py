"""Detectors of other kinds over the wire: with losses, an EIGER, two by turns."""

from pathlib import Path

import h5py
import pytest

from tests.helpers.broker_client import expect_ok
from tests.helpers.configurations import dataset
from tests.helpers.control_client import call
from tests.helpers.saved_run import saved_images
from tests.helpers.simulated_wire import (
    WireSetup,
    running_receiving_side,
    running_simulator,
    running_wire,
)
from tests.helpers.wire_detector import change_detector, detector_status, wait_for_detector

VOLTAGE_V = 120
ASK = -1
FIRST_PULSE = 1_000_000_000
PULSED = {"source_name": "FEL", "instrument_name": "Beamline", "pulsed_source": True}


def test_pulses_of_lost_images_are_not_known(tmp_path: Path) -> None:
    """B146, B147: -1; the others are those of the headers."""
    setup = WireSetup(module_count=1, more={"instrument": PULSED})
    # A burst that is twice as long as a frame takes at least one whole frame with it.
    with running_wire(setup, tmp_path, ("--burst-loss", "0.002,256", "--seed", "1")) as wire:
        number = len(wire.simulator.record.acquisitions())
        run = wire.measure("pulses", 1, ntrigger=30)
        earlier = wire.simulator.record.acquisitions()[:number]
        first = FIRST_PULSE + sum(each["frames_sent"] for each in earlier)
        lost = run.sent.lost_frames
        assert 0 < len(lost) < 20
        pulses = [-1 if image in lost else first + image for image in range(30)]
        codes = [-1 if pulse == -1 else 1 + pulse % 2 for pulse in pulses]
        assert wire.client.get("/xfel/pulse_id").json() == pulses
        assert wire.client.get("/xfel/event_code").json() == codes
        last = max(image for image in range(30) if image not in lost)
        with h5py.File(run.master) as file:
            assert file["/entry/xfel/pulseID"][:].tolist()[: last + 1] == pulses[: last + 1]
            assert file["/entry/xfel/eventCode"][:].tolist()[: last + 1] == codes[: last + 1]
        assert run.statistics["images_collected"] == 30 - len(lost)


def test_eiger_is_told_threshold_and_depth(tmp_path: Path) -> None:
    """B088, B089: by the photon energy and the image time, unless they are given."""
    setup = WireSetup(module_count=1, detector_type="EIGER", detector_settings={})
    with running_wire(setup, tmp_path, ("--rate", "50")) as wire:
        client = wire.client
        assert wire.simulator.record.acquisitions() == []
        for frame_time_us, bits in ((400, 8), (2000, 16), (20_000, 32)):
            change_detector(client, frame_time_us=frame_time_us)
            run = wire.measure(f"automatic_{bits}", 3)
            assert run.sent.report["bits"] == bits
            with h5py.File(run.master) as file:
                detector = file["/entry/instrument/detector"]
                assert detector["bit_depth_readout"][()] == bits
                assert detector["threshold_energy"][()] == pytest.approx(6200)
        with h5py.File(wire.simulator.process.directory / "truth.h5") as file:
            told = [group.attrs["threshold_energy_keV"] for group in file.values()]
        assert told == pytest.approx([6.2] * 3)
        change_detector(client, eiger_threshold_keV=20.0, eiger_bit_depth=8)
        run = wire.measure("dark", 1)
        assert run.sent.report["bits"] == 8
        assert not run.sent.raw(0).any()
        wait_for_detector(client, "Idle", 0)
        status = detector_status(client)
        assert (status["powerchip"], len(status["fpga_temp_degC"])) == ("PowerOn", 1)


def test_real_and_simulated_detector_by_turns(tmp_path: Path) -> None:
    """B132-B134: what is left is switched off; nothing of it disturbs the other."""
    setup = WireSetup(module_count=1, detector={"high_voltage_V": VOLTAGE_V})
    content = setup.configuration()
    inside = {key: content["detector"][0][key] for key in ("description", "standard_geometry")}
    setup.more = {"detector": [*content["detector"], inside | {"serial_number": "INSIDE"}]}
    with (
        running_receiving_side(setup, tmp_path) as receiving,
        running_simulator(setup, tmp_path / "simulator") as simulator,
    ):
        client = receiving.client
        for number, detector_id in enumerate((0, 1, 0, 1)):
            expect_ok(client.put("/config/select_detector", {"id": detector_id}))
            assert client.state() == "Inactive"
            assert client.get("/detector/status").status_code == 404
            client.initialize()
            on = call(setup.control_port, "power_chip", (ASK,), ("i", "i"))
            assert on == (1 - detector_id,)
            before = len(simulator.record.acquisitions())
            statistics = client.measure(dataset(f"run{number}", 3))
            assert statistics["collection_efficiency"] == 1
            if detector_id == 0:
                simulator.record.sent(before)
            assert len(simulator.record.acquisitions()) == before + (detector_id == 0)
            name = ("udp0", "simulated detector")[detector_id]
            assert [d["pci_dev_id"] for d in client.get("/fpga_status").json()] == [name]
            images = saved_images(receiving.files / f"run{number}_master.h5")
            assert images.shape == (3, 514, 1030)
