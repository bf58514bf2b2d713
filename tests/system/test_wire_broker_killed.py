"""``kill -9`` of the broker while packets come: the next one begins with a clean slate."""

from pathlib import Path

import pytest

from tests.helpers.control_client import call
from tests.helpers.saved_run import saved_image_count
from tests.helpers.service_process import wait_until
from tests.helpers.services import running_broker, running_writer
from tests.helpers.simulated_wire import WireSetup, running_simulator
from tests.helpers.sls_bench import SLSDET_IS_THERE
from tests.helpers.udp_ports import reserved_udp_ports
from tests.helpers.wire_recovery import RAW_FORMAT, Side

RUNNING = 5
"""Of the control protocol."""


@pytest.mark.skipif(not SLSDET_IS_THERE, reason="slsdet is made for x86-64 only")
def test_detector_that_still_sends_is_taken_over(tmp_path: Path) -> None:
    """B016: Inactive; initialize stops what is under way, none of its packets is taken."""
    setup = WireSetup(more={"image_format": RAW_FORMAT})
    files, state = tmp_path / "files", tmp_path / "state"
    with (
        reserved_udp_ports(),
        running_simulator(setup, tmp_path / "simulator") as simulator,
        running_writer(setup.image_address, files) as writer,
    ):
        with running_broker(setup.configuration(), tmp_path) as broker:
            first = Side(broker, writer, files, state)
            first.client.initialize()
            first.start_long_run("killed")
            broker.process.kill()
        with running_broker(setup.configuration(), tmp_path) as broker:
            second = Side(broker, writer, files, state)
            assert second.client.state() == "Inactive"
            assert call(setup.control_port, "get_run_status", (), ("", "i")) == (RUNNING,)
            second.assert_run_is_right(simulator, "after", initialize=True)
        wait_until((files / "killed_master.h5").exists, "the master file of the first run")
    assert saved_image_count(files / "killed_master.h5") > 0
