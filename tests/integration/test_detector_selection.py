"""Several detectors: one is in use, each has what is its own."""

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest
from jfjoch_client import DetectorSelection
from jfjoch_client.exceptions import ServiceException

from jfjoch.errors import ConfigurationError
from tests.helpers.broker_client import expect_ok
from tests.helpers.configurations import dataset
from tests.helpers.real_broker import (
    RealBroker,
    configuration,
    detector,
    running_real_broker,
)

SMALL = detector("SMALL")
LARGE = detector("LARGE", modules=2, readout_time_us=100, udp_interface_count=2)
IMPOSSIBLE = detector("REAL", hostname=["nowhere.invalid"], base_data_ipv4_address="10.1.1.1")


@pytest.fixture
def real(tmp_path: Path) -> Iterator[RealBroker]:
    with running_real_broker(configuration(SMALL, LARGE, IMPOSSIBLE), tmp_path) as running:
        yield running


def select(real: RealBroker, detector_id: int) -> None:
    real.api.config_select_detector_put(DetectorSelection(id=detector_id))


def mask_size(real: RealBroker) -> int:
    return len(real.api.config_mask_get()) // 4


def test_detectors_are_listed(real: RealBroker) -> None:
    """B132."""
    listed = real.api.config_select_detector_get()
    assert listed.current_id == 0
    small, large, impossible = listed.detectors
    assert (small.id, small.serial_number, small.nmodules) == (0, "SMALL", 1)
    assert (small.width, small.height) == (1030, 514)
    assert (small.min_frame_time_us, small.min_count_time_us) == (500, 10)
    assert (small.readout_time_us, small.base_ipv4_addr) == (20, "")
    assert (large.width, large.height, large.readout_time_us) == (1030, 1064, 100)
    assert large.udp_interface_count == 2
    assert (impossible.id, impossible.base_ipv4_addr) == (2, "10.1.1.1")


@pytest.mark.parametrize("state", ["Inactive", "Idle"])
def test_the_selected_detector_is_to_be_initialized(real: RealBroker, state: str) -> None:
    """B016, B133: whatever the state was; the images are those of the new detector."""
    if state == "Idle":
        real.client.initialize()
    select(real, 1)
    assert real.api.config_select_detector_get().current_id == 1
    status = real.api.status_get()
    assert (status.state, status.message_severity) == ("Inactive", "info")
    assert "Detector LARGE selected" in status.message
    assert real.client.wait_till_done(0) == 502
    assert mask_size(real) == 1030 * 1064
    real.client.initialize()
    assert real.client.measure(dataset("", 2))["detector_height"] == 1064


@pytest.mark.parametrize("detector_id", [-1, 3])
def test_an_unknown_detector_changes_nothing(real: RealBroker, detector_id: int) -> None:
    """B133: 500 Other that names those there are."""
    real.client.initialize()
    with pytest.raises(ServiceException) as caught:
        select(real, detector_id)
    assert caught.value.data.reason == "Other"
    assert "0 (Detector SMALL), 1 (Detector LARGE)" in caught.value.data.msg
    assert real.api.status_get().state == "Idle"


def test_a_detector_that_can_not_be_had_changes_nothing(real: RealBroker) -> None:
    """The start did not fail because of it; selecting it does, and says why."""
    real.client.initialize()
    with pytest.raises(ServiceException) as caught:
        select(real, 2)
    assert caught.value.data.reason == "Other"
    assert "detector 2 can't be selected" in caught.value.data.msg
    assert "pcie" in caught.value.data.msg
    assert real.api.config_select_detector_get().current_id == 0
    assert real.api.status_get().state == "Idle"


def test_selecting_in_the_middle_of_a_run_is_refused(real: RealBroker) -> None:
    real.client.initialize()
    real.client.start(dataset("", 1_000_000))
    with pytest.raises(ServiceException) as caught:
        select(real, 1)
    assert caught.value.data.reason == "WrongDAQState"
    assert real.api.status_get().state == "Measuring"
    real.api.cancel_post()
    assert real.client.wait_till_done() == 200


def test_each_detector_has_its_own_user_mask(real: RealBroker) -> None:
    real.client.initialize()
    real.api.config_user_mask_put(np.ones((512, 1024), "<u4").tobytes())
    select(real, 1)
    assert not any(real.api.config_user_mask_get())
    select(real, 0)
    assert np.frombuffer(real.api.config_user_mask_get(), "<u4").all()


def test_uploaded_frames_are_lost(real: RealBroker) -> None:
    """Seen in the compression: zeros take next to no room."""
    real.client.initialize()
    expect_ok(real.client.post("/config/image_format/raw"))
    noise = np.random.default_rng(0).integers(0, 2**14, (512, 1024), "<u2")
    real.api.config_internal_generator_image_put(body=noise.tobytes())
    assert real.client.measure(dataset("", 1))["compression_ratio"] < 2
    select(real, 1)
    select(real, 0)
    real.client.initialize()
    assert real.client.measure(dataset("", 1))["compression_ratio"] > 50


def test_memory_of_the_detector_before_is_given_back(real: RealBroker) -> None:
    real.client.initialize()
    real.client.measure(dataset("", 2))
    system = real.broker._parts.detectors.system
    before = [weakref.ref(part) for part in (system.receiver, system.control, system.generator)]
    del system
    select(real, 1)
    gc.collect()
    assert [part() for part in before] == [None] * 3
    assert real.client.statistics()["images_collected"] == 2


def test_settings_the_new_detector_can_not_do_are_replaced(real: RealBroker) -> None:
    """By those of the configuration file, and /status says so."""
    settings = real.client.get("/config/detector").json()
    expect_ok(real.client.put("/config/detector", {**settings, "count_time_us": 950}))
    select(real, 1)
    status = real.api.status_get()
    assert (status.state, status.message_severity) == ("Inactive", "warning")
    assert "count_time_us must be from 10 to 900" in status.message
    assert real.client.get("/config/detector").json() == settings


def test_settings_both_can_do_stay(real: RealBroker) -> None:
    expect_ok(real.client.update("/config/detector", frame_time_us=1234, count_time_us=500))
    select(real, 1)
    assert real.api.status_get().message_severity == "info"
    assert real.client.get("/config/detector").json()["frame_time_us"] == 1234


def test_defaults_are_used_where_nothing_else_fits(tmp_path: Path) -> None:
    slow = detector("SLOW", readout_time_us=5000)
    with running_real_broker(configuration(SMALL, slow), tmp_path) as real:
        select(real, 1)
        assert real.client.get("/config/detector").json()["frame_time_us"] == 5010
        real.client.initialize()


def test_settings_of_another_detector_are_not_used_after_a_restart(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The first detector is selected then, and can't do what was saved for the second."""
    both = configuration(LARGE, SMALL)
    with running_real_broker(both, tmp_path) as real:
        select(real, 1)
        expect_ok(real.client.update("/config/detector", count_time_us=950))
    with running_real_broker(both, tmp_path) as real:
        assert real.api.config_select_detector_get().current_id == 0
        assert "count_time_us" not in real.client.get("/config/detector").json()
    assert "saved detector_settings are not used: count_time_us must be" in caplog.text


def given_calibration(path: Path, modules: int) -> Path:
    """No ADC reaches this pedestal: every pixel is bad."""
    with h5py.File(path, "w") as file:
        for name in ("pedestal_g0", "pedestal_g1", "pedestal_g2"):
            file[name] = np.full((1, modules, 512, 1024), 20_000, np.float32)
        file["pedestal_rms_g0"] = np.zeros((1, modules, 512, 1024), np.float32)
    return path


def all_bad(real: RealBroker) -> bool:
    expect_ok(real.client.post("/config/image_format/raw"))
    return bool((np.frombuffer(real.api.config_mask_get(), "<u4") & 2).all())


def test_a_given_calibration_is_the_first_detectors(tmp_path: Path) -> None:
    """It is used each time that detector is selected, until a pedestal is measured."""
    given = given_calibration(tmp_path / "given.h5", modules=1)
    with running_real_broker(configuration(SMALL, LARGE), tmp_path, given) as real:
        assert all_bad(real)
        select(real, 1)
        assert not all_bad(real)
        select(real, 0)
        assert all_bad(real)
        expect_ok(real.client.update("/config/detector", internal_frame_generator=False))
        real.client.initialize()
        assert not all_bad(real)
        select(real, 1)
        select(real, 0)
        assert not all_bad(real)


def test_every_geometry_is_checked_at_the_start(tmp_path: Path) -> None:
    """Also those of detectors that may never be selected."""
    place = {"x0": 0, "y0": 0, "fast_axis": "Xp", "slow_axis": "Yp"}
    overlapping = detector("BAD", custom_geometry=[place, place])
    with (
        pytest.raises(ConfigurationError, match=r"overlap"),
        running_real_broker(configuration(SMALL, overlapping), tmp_path),
    ):
        pass


def test_serial_numbers_tell_detectors_apart(tmp_path: Path) -> None:
    """Calibration and masks are kept under them."""
    with (
        pytest.raises(ConfigurationError, match=r"detector\[1\].*SMALL.*detector\[0\]"),
        running_real_broker(configuration(SMALL, SMALL), tmp_path),
    ):
        pass
