"""A board that reports an error while the real broker receives the packets of a run."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from jfjoch.detector.factory import simulated_detector
from jfjoch.detector.pulse_train import PulseTrain
from jfjoch.model.detector import Detector
from jfjoch.simulator.control.control_server import ControlServer
from jfjoch.simulator.emitter import PacketEmitter
from jfjoch.simulator.sending import SenderSetup
from tests.helpers.broker_client import BrokerClient, expect_ok
from tests.helpers.configurations import dataset
from tests.helpers.real_broker import running_real_broker
from tests.helpers.service_process import wait_until
from tests.helpers.simulated_wire import WireSetup
from tests.helpers.sls_bench import SLSDET_IS_THERE
from tests.helpers.udp_ports import reserved_udp_ports

pytestmark = pytest.mark.skipif(not SLSDET_IS_THERE, reason="slsdet is made for x86-64 only")

DETECTION_S = 20


@contextmanager
def simulated_boards(setup: WireSetup) -> Iterator[ControlServer]:
    """Run the simulator in this process, so that its boards can be made to fail."""
    detector = Detector.model_validate(setup.configuration()["detector"][0])
    sender = SenderSetup(detector, simulated_detector(detector, None), PulseTrain(), 12.4)
    emitter = PacketEmitter(sender)
    with ControlServer(detector, emitter, setup.control_port) as server:
        yield server
    emitter.stop()


def assert_board_is_named(client: BrokerClient, setup: WireSetup) -> None:
    status: dict[str, Any] = client.status()
    assert (status["state"], status["message_severity"]) == ("Error", "error")
    assert f"error on board 1 ({setup.hostnames[1]})" in status["message"]
    detector = client.get("/detector/status").json()
    assert detector["state"] == "Error"


def test_board_in_error(tmp_path: Path) -> None:
    """B145, B015: the run ends, and nothing but initialize is possible until the board is well."""
    setup = WireSetup(more={"image_pusher": "None", "image_buffer_MiB": 128})
    content = setup.configuration()
    del content["zeromq"]
    with (
        reserved_udp_ports(),
        simulated_boards(setup) as boards,
        running_real_broker(content, tmp_path) as it,
    ):
        client = it.client
        client.initialize()
        expect_ok(client.update("/config/detector", timing="trigger"))
        assert client.wait_till_done() == 200
        client.start(dataset("", 5, ntrigger=2))
        expect_ok(client.post("/trigger"))
        client.wait_for_images(5)
        boards.fail(1)
        assert client.wait_till_done(DETECTION_S) == 500
        assert_board_is_named(client, setup)
        assert client.status()["message"].endswith("5 of 10 images collected")
        assert client.post("/start", dataset("", 5)).status_code == 500
        expect_ok(client.post("/initialize"))
        assert client.wait_till_done() == 500
        assert_board_is_named(client, setup)
        boards.recover(1)
        client.initialize()
        expect_ok(client.update("/config/detector", timing="auto"))
        wait_until(lambda: client.state() == "Idle", "the end of the pedestal")
        assert client.measure(dataset("", 5))["collection_efficiency"] == 1
