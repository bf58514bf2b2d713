"""The broker with an EIGER, alone or beside a JUNGFRAU."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jfjoch_client import DetectorSelection

from jfjoch.errors import ConfigurationError
from tests.helpers.broker_client import expect_ok
from tests.helpers.configurations import dataset
from tests.helpers.real_broker import RealBroker, configuration, detector, running_real_broker

EIGER = detector("EIGER-1", type="EIGER")
JUNGFRAU = detector("JUNGFRAU-1")


def select(real: RealBroker, detector_id: int) -> None:
    real.api.config_select_detector_put(DetectorSelection(id=detector_id))
    assert real.client.state() == "Inactive"
    real.client.initialize()


def pixel_depth(real: RealBroker) -> int:
    """Take a run; bytes per pixel."""
    return int(real.client.measure(dataset("", 2))["detector_pixel_depth"])


@pytest.fixture(scope="module")
def eiger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealBroker]:
    """A simulated EIGER, initialized."""
    content = configuration(EIGER, detector_settings={"frame_time_us": 1000, "timing": "auto"})
    with running_real_broker(content, tmp_path_factory.mktemp("eiger")) as real:
        real.client.initialize()
        yield real


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"eiger_bit_depth": 12}, "eiger_bit_depth"),
        ({"eiger_bit_depth": "8"}, "eiger_bit_depth"),
        ({"eiger_threshold_keV": 0.99}, "eiger_threshold_keV"),
        ({"eiger_threshold_keV": 100.1}, "eiger_threshold_keV"),
        ({"frame_time_us": 249}, "at least 250 for EIGER"),
        ({"count_time_us": 998}, "from 10 to 997"),
        ({"timing": "never"}, "timing"),
    ],
)
def test_what_an_eiger_can_not_do(eiger: RealBroker, changes: dict[str, Any], named: str) -> None:
    """B087-B089, B191: refused by name; nothing has changed."""
    before = eiger.client.get("/config/detector").json()
    answer = eiger.client.update("/config/detector", **changes)
    assert answer.status_code == 400
    assert named in answer.text
    assert eiger.client.get("/config/detector").json() == before
    assert eiger.client.state() == "Idle"


@pytest.mark.parametrize("timing", ["trigger", "burst", "gated"])
def test_every_trigger_releases_its_images(eiger: RealBroker, timing: str) -> None:
    """B087: an EIGER knows all four timings."""
    expect_ok(eiger.client.update("/config/detector", timing=timing))
    assert eiger.client.wait_till_done() == 200
    eiger.client.start(dataset("", 3, ntrigger=2))
    expect_ok(eiger.client.post("/trigger"))
    eiger.client.wait_for_images(3)
    assert eiger.client.state() == "Measuring"
    expect_ok(eiger.client.post("/trigger"))
    assert eiger.client.wait_till_done() == 200
    assert eiger.client.images_collected() == 6
    expect_ok(eiger.client.update("/config/detector", timing="auto"))
    assert eiger.client.wait_till_done() == 200


def test_an_image_time_no_frame_can_have_is_refused(eiger: RealBroker) -> None:
    """B039, B082: no multiple of the frame time, and too short for a frame."""
    answer = eiger.client.post("/start", dataset("", 1, image_time_us=249))
    assert answer.status_code == 400
    assert "image_time_us 249" in answer.text
    assert eiger.client.state() == "Idle"
    assert eiger.client.measure(dataset("", 2, image_time_us=1001))["images_collected"] == 2


@pytest.mark.parametrize("first", ["EIGER", "JUNGFRAU"])
def test_either_may_be_the_first(tmp_path: Path, first: str) -> None:
    """B132, B133: selecting changes the type, there and back; depth is set for the EIGER only."""
    depths = {"EIGER": 4, "JUNGFRAU": 2}
    depth = depths.pop(first)
    (other_depth,) = depths.values()
    detectors = [EIGER, JUNGFRAU] if first == "EIGER" else [JUNGFRAU, EIGER]
    with running_real_broker(configuration(*detectors), tmp_path) as real:
        expect_ok(real.client.update("/config/detector", eiger_bit_depth=32))
        real.client.initialize()
        listed = real.api.config_select_detector_get().detectors
        eiger, jungfrau = listed if first == "EIGER" else listed[::-1]
        assert (eiger.min_frame_time_us, eiger.readout_time_us) == (250, 3)
        assert (jungfrau.min_frame_time_us, jungfrau.readout_time_us) == (500, 20)
        assert pixel_depth(real) == depth
        select(real, 1)
        assert pixel_depth(real) == other_depth
        select(real, 0)
        assert pixel_depth(real) == depth


def test_32_bit_frames_after_16_bit_ones(tmp_path: Path) -> None:
    """Memory for frames is divided anew for every run."""
    with running_real_broker(configuration(EIGER), tmp_path) as real:
        real.client.initialize()
        for bits, depth in ((32, 4), (16, 2), (32, 4)):
            expect_ok(real.client.update("/config/detector", eiger_bit_depth=bits))
            assert real.client.wait_till_done() == 200
            assert pixel_depth(real) == depth


def test_settings_only_an_eiger_can_do_are_changed_for_a_jungfrau(tmp_path: Path) -> None:
    content = configuration(EIGER, JUNGFRAU)
    with running_real_broker(content, tmp_path) as real:
        quick = {"frame_time_us": 250, "timing": "gated"}
        expect_ok(real.client.update("/config/detector", **quick))
        select(real, 1)
        assert real.client.get("/config/detector").json()["timing"] == "auto"


def test_a_calibration_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(ConfigurationError, match=r"cal\.h5 .* is an EIGER, which has no pedestals"),
        running_real_broker(configuration(EIGER), tmp_path, tmp_path / "cal.h5"),
    ):
        pass


def test_gain_files_are_named_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    content = configuration(detector("EIGER-1", type="EIGER", calibration_file=["trim/"]))
    with caplog.at_level(logging.WARNING), running_real_broker(content, tmp_path):
        pass
    assert "calibration_file is not used" in caplog.text
