"""What an operator does with a detector that sends packets, from the commands to the files."""

from collections.abc import Iterator

import numpy as np
import pytest

from tests.helpers.broker_client import expect_ok
from tests.helpers.configurations import dataset
from tests.helpers.control_client import call
from tests.helpers.saved_run import saved_image_count, saved_images
from tests.helpers.service_process import wait_until
from tests.helpers.simulated_wire import Wire, WireSetup, running_wire
from tests.helpers.wire_detector import change_detector, detector_status, wait_for_detector

VOLTAGE_V = 120
ASK = -1
HIGH_VOLTAGE = 77
"""Of the control protocol."""
LONG_RUN = 100_000


@pytest.fixture(scope="module")
def jungfrau(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    setup = WireSetup(detector={"high_voltage_V": VOLTAGE_V})
    with running_wire(setup, tmp_path_factory.mktemp("jungfrau")) as wire:
        yield wire


def test_triggers(jungfrau: Wire) -> None:
    """B072, B145: the images of each trigger come before the next one."""
    client = jungfrau.client
    change_detector(client, timing="trigger")
    number = len(jungfrau.simulator.record.acquisitions())
    client.start(dataset("triggered", 4, ntrigger=3))
    for trigger in range(3):
        wait_for_detector(client, "Waiting", 3 - trigger)
        assert client.state() == "Measuring"
        assert client.images_collected() == 4 * trigger
        expect_ok(client.post("/trigger"))
        client.wait_for_images(4 * (trigger + 1))
    assert client.wait_till_done() == 200
    statistics = client.statistics()
    assert statistics["images_collected"] == statistics["images_expected"] == 12
    assert statistics["collection_efficiency"] == 1
    assert saved_image_count(jungfrau.receiving.files / "triggered_master.h5") == 12
    assert jungfrau.simulator.record.sent(number).report["frames_sent"] == 12
    expect_ok(client.post("/trigger"))
    change_detector(client, timing="auto")


def test_cancel_while_a_trigger_is_awaited(jungfrau: Wire) -> None:
    """B073, B074: what has come is kept, and the next run is whole."""
    client = jungfrau.client
    change_detector(client, timing="trigger")
    client.start(dataset("waiting", 4, ntrigger=3))
    expect_ok(client.post("/trigger"))
    client.wait_for_images(4)
    expect_ok(client.post("/cancel"))
    client.wait_till_done()
    assert client.state() == "Idle"
    assert client.statistics()["cancelled"]
    assert saved_image_count(jungfrau.receiving.files / "waiting_master.h5") == 4
    change_detector(client, timing="auto")
    run = jungfrau.measure("after_waiting", 4)
    assert run.statistics["collection_efficiency"] == 1


def test_detector_tells_how_it_is(jungfrau: Wire) -> None:
    """B145, B144: at rest and while frames are taken."""
    client = jungfrau.client
    wait_for_detector(client, "Idle", 0)
    status = detector_status(client)
    assert status["powerchip"] == "PowerOn"
    assert status["high_voltage_V"] == [VOLTAGE_V] * 2
    assert len(status["fpga_temp_degC"]) == 2
    assert all(20 < temperature < 80 for temperature in status["fpga_temp_degC"])
    assert status["server_version"].startswith("10.0")
    client.start(dataset("long", LONG_RUN))
    client.wait_for_images(5)
    wait_until(lambda: detector_status(client)["state"] == "Busy", "a busy detector")
    (receiver,) = client.get("/fpga_status").json()
    assert (receiver["pci_dev_id"], receiver["idle"]) == ("udp0", False)
    assert receiver["packets_udp"] == receiver["packets_sls"] >= 5 * 256
    expect_ok(client.post("/cancel"))
    client.wait_till_done()
    assert client.state() == "Idle"
    wait_for_detector(client, "Idle", 0)
    (receiver,) = client.get("/fpga_status").json()
    assert receiver["idle"]
    assert receiver["packets_udp"] == receiver["packets_sls"]


def test_generator_in_the_place_of_packets(jungfrau: Wire) -> None:
    """B128-B131: and back; the detector takes no part in it."""
    client = jungfrau.client
    change_detector(client, internal_frame_generator=True)
    before = len(jungfrau.simulator.record.acquisitions())
    expect_ok(client.update("/config/image_format", jungfrau_conversion=False))
    frame = np.random.default_rng(1).integers(0, 2**14, (1024, 1024), np.uint16)
    path = "/config/internal_generator_image?id=0"
    expect_ok(client.put_bytes(path, frame.astype("<u2").tobytes(), "application/octet-stream"))
    expect_ok(client.update("/config/image_format", geometry_transform=False, summation=False))
    statistics = client.measure(dataset("generated", 3))
    assert statistics["images_sent"] == 3
    images = saved_images(jungfrau.receiving.files / "generated_master.h5")
    assert (images == frame).all()
    assert len(jungfrau.simulator.record.acquisitions()) == before
    (device,) = client.get("/fpga_status").json()
    assert device["pci_dev_id"] == "internal generator"
    change_detector(client, internal_frame_generator=False)
    run = jungfrau.measure("packets_again", 3)
    images = saved_images(run.master)
    for number, image in enumerate(images):
        np.testing.assert_array_equal(image, run.sent.raw(number).reshape(1024, 1024))
    expect_ok(client.post("/config/image_format/conversion"))


def test_switched_off_and_on_again(jungfrau: Wire) -> None:
    """B078: no voltage, no power; initialize brings all back."""
    client = jungfrau.client
    expect_ok(client.post("/deactivate"))
    assert client.state() == "Inactive"
    assert client.get("/detector/status").status_code == 404
    for board in range(2):
        port = jungfrau.setup.control_port + 2 * board
        assert call(port, "power_chip", (ASK,), ("i", "i")) == (0,)
        assert call(port, "set_dac", (HIGH_VOLTAGE, 0, ASK), ("3i", "i")) == (0,)
    client.initialize()
    assert detector_status(client)["high_voltage_V"] == [VOLTAGE_V] * 2
    assert jungfrau.measure("on_again", 3).statistics["collection_efficiency"] == 1
