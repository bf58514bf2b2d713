"""A calibration that does not go with the settings is never used in silence."""

import re
from pathlib import Path

import pytest

from tests.helpers.broker_client import expect_ok
from tests.helpers.configurations import Setup, dataset
from tests.helpers.gain_files import write_gain_file
from tests.helpers.services import broker_process, running, running_broker

CELLS = {"jungfrau_storage_cell_count": 2}


def test_a_kept_one_is_told_of_and_replaced(tmp_path: Path) -> None:
    """B080: with the internal generator pedestal 0 is used instead, with a warning."""
    with running_broker(Setup(module_count=1).configuration(), tmp_path) as broker:
        broker.client.initialize()
    other = Setup(module_count=1, detector_settings=CELLS | {"internal_frame_generator": True})
    with running_broker(other.configuration(), tmp_path) as broker:
        broker.process.wait_for_log("kept calibration is not used before the next pedestal")
        broker.client.initialize()
        status = broker.client.status()
        assert status["message_severity"] == "warning"
        assert "for jungfrau_storage_cell_count 1, the settings say 2" in status["message"]
        broker.client.measure(dataset("", 1, ntrigger=3))
        broker.process.wait_for_log("pedestal 0 is used")
        expect_ok(broker.client.update("/config/detector", internal_frame_generator=False))
        assert broker.client.wait_till_done() == 200
        assert broker.client.status()["message_severity"] != "warning"
        assert broker.client.measure(dataset("", 1, ntrigger=3))["images_collected"] == 6


def test_no_run_with_the_pedestal_of_before(tmp_path: Path) -> None:
    """B073: cancelled after the settings were changed, the old one is kept, but of no use."""
    with running_broker(Setup(module_count=1).configuration(), tmp_path) as broker:
        client = broker.client
        client.initialize()
        many = {"jungfrau_pedestal_g0_frames": 1_000_000}
        expect_ok(client.update("/config/detector", **CELLS, **many))
        assert client.state() == "Pedestal"
        expect_ok(client.post("/cancel"))
        assert client.wait_till_done() == 200
        refused = client.post("/start", dataset("", 1))
        assert refused.status_code == 500
        assert re.search("the pedestal is for .*count 1.*POST /pedestal", refused.json()["msg"])
        expect_ok(client.update("/config/image_format", jungfrau_conversion=False))
        assert client.measure(dataset("", 1))["images_collected"] == 2, "raw data need none"


@pytest.mark.parametrize("gain_map_count", [0, 3])
def test_high_gain_without_its_gain_maps_stops_the_start(
    tmp_path: Path, gain_map_count: int
) -> None:
    """B094."""
    files = [write_gain_file(tmp_path / "gain.bin", 3)] if gain_map_count else []
    setup = Setup(
        module_count=1, gain_files=files, detector_settings={"jungfrau_use_gain_hg0": True}
    )
    process = broker_process(setup.configuration(), tmp_path)
    with running(process):
        assert process.wait_for_end() != 0
    words = "gain.bin has 3 maps" if files else "needs gain files with 6 maps"
    assert re.search(f"detector_settings: .*{words}", process.log)
