"""What goes wrong between broker and detector: told, and recovered from without a restart."""

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.helpers.broker_client import expect_ok
from tests.helpers.configurations import dataset
from tests.helpers.saved_run import saved_image_count
from tests.helpers.service_process import wait_until
from tests.helpers.simulated_wire import WireSetup, running_receiving_side, running_simulator
from tests.helpers.sls_bench import SLSDET_IS_THERE
from tests.helpers.wire_detector import detector_status
from tests.helpers.wire_recovery import RAW_FORMAT, Side

pytestmark = pytest.mark.skipif(not SLSDET_IS_THERE, reason="slsdet is made for x86-64 only")

DETECTION_S = 20
"""Some seconds, and as many again for a busy machine."""
CANCEL_S = 10
"""Five are promised; the rest is for a busy machine."""


@pytest.fixture(scope="module")
def setup() -> WireSetup:
    return WireSetup(more={"image_format": RAW_FORMAT})


@pytest.fixture(scope="module")
def side(setup: WireSetup, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Side]:
    """One broker for all: none of the failures makes another one necessary."""
    with running_receiving_side(setup, tmp_path_factory.mktemp("failures")) as it:
        yield Side(it.broker, it.writer, it.files, it.state)


def test_cancel_while_nobody_answers(side: Side, setup: WireSetup) -> None:
    """B073: initialize is ended soon; nothing was switched on. Comes first, for that reason."""
    ports = [setup.control_port + place for place in range(2 * len(setup.hostnames))]
    with ExitStack() as closing:
        silent = [
            closing.enter_context(socket.create_server(("127.0.0.1", port))) for port in ports
        ]
        expect_ok(side.client.post("/initialize"))
        closing.enter_context(silent[0].accept()[0])  # to see whether it is there
        closing.enter_context(silent[0].accept()[0])
        assert side.client.state() == "Busy"
        expect_ok(side.client.post("/cancel"))
        assert side.client.wait_till_done(CANCEL_S) == 502
        assert side.client.state() == "Inactive"


def test_simulator_that_is_not_there(side: Side, setup: WireSetup, tmp_path: Path) -> None:
    """B020, B022, B145: initialize names the boards, and works once they are there."""
    assert side.client.get("/detector/status").status_code == 404
    expect_ok(side.client.post("/initialize"))
    assert side.client.wait_till_done() == 500
    hosts = ".*".join(setup.hostnames)
    side.assert_needs_initialize(f"2 of 2 boards can't be reached: {hosts}")
    assert detector_status(side.client)["state"] == "Not connected"
    with running_simulator(setup, tmp_path) as simulator:
        side.assert_run_is_right(simulator, "there", initialize=True)


def test_simulator_that_is_killed_in_a_run(side: Side, setup: WireSetup, tmp_path: Path) -> None:
    """The run ends as failed within seconds; what had come is on disk."""
    with running_simulator(setup, tmp_path / "first") as simulator:
        side.assert_run_is_right(simulator, "before_kill", initialize=True)
        side.start_long_run("killed")
        simulator.process.kill()
        assert side.client.wait_till_done(DETECTION_S) == 500
    side.assert_needs_initialize("states failed.*no collected image lost")
    written = re.search(r"(\d+) written", side.message)
    assert written
    assert int(written[1]) == side.client.statistics()["images_collected"] >= 15
    assert saved_image_count(side.files / "killed_master.h5") == int(written[1])
    with running_simulator(setup, tmp_path / "second") as simulator:
        side.assert_run_is_right(simulator, "after_kill", initialize=True)


def test_simulator_that_freezes_in_a_run(side: Side, setup: WireSetup, tmp_path: Path) -> None:
    with running_simulator(setup, tmp_path) as simulator:
        side.client.initialize()
        side.start_long_run("frozen")
        simulator.process.pause()
        try:
            assert side.client.wait_till_done(DETECTION_S) == 500
            side.assert_needs_initialize("states was not answered within 3 s.*no collected image")
        finally:
            simulator.process.resume()
        assert saved_image_count(side.files / "frozen_master.h5") >= 15
        side.assert_run_is_right(simulator, "after_freeze", initialize=True)


def test_cancel_with_a_frozen_simulator(side: Side, setup: WireSetup, tmp_path: Path) -> None:
    """B074: the run ends soon even so; that the detector did not obey is told."""
    with running_simulator(setup, tmp_path) as simulator:
        side.client.initialize()
        side.start_long_run("frozen_cancelled")
        simulator.process.pause()
        try:
            expect_ok(side.client.post("/cancel"))
            assert side.client.wait_till_done(CANCEL_S) == 500
            side.assert_needs_initialize("not answered within 3 s")
        finally:
            simulator.process.resume()
        side.assert_run_is_right(simulator, "after_frozen_cancel", initialize=True)


def test_cancel_in_a_run(side: Side, setup: WireSetup, tmp_path: Path) -> None:
    """B073, B074: no packet of the cancelled run gets into the next one."""
    with running_simulator(setup, tmp_path) as simulator:
        side.client.initialize()
        for number in range(3):
            side.start_long_run(f"cancelled_{number}")
            expect_ok(side.client.post("/cancel"))
            side.client.wait_till_done(CANCEL_S)
            assert side.client.state() == "Idle"
            collected = side.client.statistics()["images_collected"]
            assert saved_image_count(side.files / f"cancelled_{number}_master.h5") == collected
            side.assert_run_is_right(simulator, f"after_cancel_{number}", initialize=False)


def test_cancel_of_a_pedestal(side: Side, setup: WireSetup, tmp_path: Path) -> None:
    """B073: the old calibration is kept, and the detector goes on."""
    with running_simulator(setup, tmp_path) as simulator:
        side.client.initialize()
        expect_ok(side.client.post("/pedestal"))
        wait_until(lambda: side.client.status().get("progress", 0) > 0, "frames of a pedestal")
        expect_ok(side.client.post("/cancel"))
        side.client.wait_till_done(CANCEL_S)
        assert side.client.state() == "Idle"
        side.assert_run_is_right(simulator, "after_pedestal", initialize=False)


def test_port_that_somebody_else_has(side: Side, setup: WireSetup, tmp_path: Path) -> None:
    """The start is refused naming the port; once it is free all is well."""
    with running_simulator(setup, tmp_path) as simulator:
        side.client.initialize()
        with socket.socket(type=socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 8194))
            refused = side.client.post("/start", dataset("port", 5))
            assert refused.status_code == 500
            told = "UDP port 8194 of 127.0.0.1 is in use.*initialize"
            assert re.search(told, refused.json()["msg"])
            side.assert_needs_initialize(told)
            expect_ok(side.client.post("/initialize"))
            assert side.client.wait_till_done() == 500
            side.assert_needs_initialize(told)
        side.assert_run_is_right(simulator, "port_free", initialize=True)


def test_module_that_sends_no_pedestal(side: Side, setup: WireSetup, tmp_path: Path) -> None:
    """B028: refused, and told which module of which stage had how many frames."""
    with running_simulator(setup, tmp_path, ("--dead-module", "1,10", "--faults-in", "all")):
        expect_ok(side.client.post("/initialize"))
        assert side.client.wait_till_done() == 500
        side.assert_needs_initialize("pedestal.*G0.*10 .*32")
    with running_simulator(setup, tmp_path) as simulator:
        side.assert_run_is_right(simulator, "all_alive", initialize=True)
