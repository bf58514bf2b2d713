"""A day of a simulated detector, as the published client (jfjoch-client) sees it.

One broker and one writer for the whole file; each test starts from Idle and leaves Idle behind.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import h5py
import jfjoch_client
import pytest
from jfjoch_client.exceptions import ApiException, NotFoundException, ServiceException

from tests.helpers.configurations import QUICK_PEDESTAL, Setup, dataset
from tests.helpers.saved_run import saved_image_count, saved_images, stored_bytes
from tests.helpers.service_process import wait_until
from tests.helpers.services import running_broker, running_writer

_UNHURRIED_G0_FRAMES = 3000
"""Enough for the state to be asked before a pedestal is over, on a busy machine too."""


class Day(NamedTuple):
    """What a user has at hand."""

    api: jfjoch_client.DefaultApi
    files: Path
    state: Path


@pytest.fixture(scope="module")
def uninitialized(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    directory = tmp_path_factory.mktemp("day")
    settings = {"jungfrau_pedestal_g0_frames": _UNHURRIED_G0_FRAMES}
    setup = Setup(module_count=2, detector_settings=settings)
    with (
        running_broker(setup.configuration(), directory) as broker,
        running_writer(setup.image_address, directory / "files"),
        jfjoch_client.ApiClient(jfjoch_client.Configuration(host=broker.client.url)) as connection,
    ):
        yield Day(jfjoch_client.DefaultApi(connection), directory / "files", directory / "state")


@pytest.fixture
def day(uninitialized: Day) -> Day:
    """The same, in Idle and with images following each other by themselves."""
    api = uninitialized.api
    if api.status_get().state == "Inactive":
        api.initialize_post()
        api.wait_till_done_post(timeout=60)
    _set_timing(api, "auto")
    return uninitialized


def _set_timing(api: jfjoch_client.DefaultApi, timing: str) -> None:
    if api.config_detector_get().timing != timing:
        api.config_detector_put(_detector_settings(timing))
        api.wait_till_done_post(timeout=60)


def _detector_settings(timing: str) -> jfjoch_client.DetectorSettings:
    return jfjoch_client.DetectorSettings(frame_time_us=1000, timing=timing, **QUICK_PEDESTAL)


def _dataset(file_prefix: str, images: int, **more: object) -> jfjoch_client.DatasetSettings:
    return jfjoch_client.DatasetSettings.from_dict(dataset(file_prefix, images, **more))


def _status_code_of(call: Callable[[], object]) -> int:
    with pytest.raises(ApiException) as caught:
        call()
    return int(caught.value.status)


def _assert_wrong_state(call: Callable[[], object]) -> None:
    with pytest.raises(ServiceException) as caught:
        call()
    assert caught.value.status == 500
    error = jfjoch_client.ErrorMessage.from_json(caught.value.body)
    assert error.reason == "WrongDAQState"
    assert error.msg


def test_a_new_broker_waits_for_initialize(uninitialized: Day) -> None:
    """B001, B007, B016, B031, B148, B171: only initialize is of use in Inactive."""
    api = uninitialized.api
    assert api.status_get().state == "Inactive"
    assert api.version_get()
    assert _status_code_of(lambda: api.wait_till_done_post(timeout=5)) == 502
    with pytest.raises(NotFoundException):
        api.statistics_data_collection_get()
    for refused in (
        api.pedestal_post,
        api.deactivate_post,
        lambda: api.start_post(_dataset("", 1)),
    ):
        _assert_wrong_state(refused)
    for harmless in (api.cancel_post, api.trigger_post):
        harmless()
    assert api.status_get().state == "Inactive"


def test_initialize_ends_in_idle_with_the_pedestal_on_disk(uninitialized: Day) -> None:
    """B014, B019, B023, B067: returns early; the wait ends when the dark level is measured."""
    api = uninitialized.api
    api.initialize_post()
    assert api.status_get().state == "Busy"
    api.wait_till_done_post(timeout=60)
    assert api.status_get().state == "Idle"
    with h5py.File(uninitialized.state / "calibration" / "TEST-0001.h5") as file:
        for stage in range(3):
            pedestal = file[f"pedestal_g{stage}"]
            assert pedestal.shape == (1, 2, 512, 1024)
            assert pedestal.dtype == "float32"
        assert file["pedestal_rms_g0"].shape == (1, 2, 512, 1024)
        assert file.attrs["detector_serial_number"] == "TEST-0001"
        assert "T" in file.attrs["time"]


def test_numbers_of_a_run_are_those_of_its_files(day: Day) -> None:
    """B037, B171, W043: expected, collected, sent and what lies on disk agree."""
    day.api.start_post(_dataset("first/run", 50, images_per_file=20))
    day.api.wait_till_done_post(timeout=60)
    statistics = day.api.statistics_data_collection_get()
    prefix = day.files / "first" / "run"
    images = saved_images(Path(f"{prefix}_master.h5"))
    assert statistics.images_expected == statistics.images_collected == 50
    assert statistics.images_sent == statistics.max_image_number_sent == 50
    assert images.shape == (50, statistics.detector_height, statistics.detector_width)
    assert images.shape == (50, 1064, 1030)
    assert images.dtype.itemsize == statistics.detector_pixel_depth
    assert statistics.compression_ratio == pytest.approx(images.nbytes / stored_bytes(prefix))
    assert statistics.collection_efficiency == 1.0
    assert statistics.file_prefix == "first/run"
    assert not statistics.cancelled
    assert day.api.status_get().message_severity != "error"


def test_images_of_two_modules_have_a_gap_of_error_values(day: Day) -> None:
    """B103, B192: module 1 lies 36 rows above module 0."""
    day.api.start_post(_dataset("gap", 2))
    day.api.wait_till_done_post(timeout=60)
    images = saved_images(day.files / "gap_master.h5")
    assert (images[:, 514:550] == -32768).all()
    for module_rows in (slice(0, 514), slice(550, 1064)):
        assert (images[:, module_rows] != -32768).mean() > 0.99


def test_triggers_release_images(day: Day) -> None:
    """B033, B035-B037, B069, B070, B072: three triggers of ten images each."""
    api = day.api
    _set_timing(api, "trigger")
    api.start_post(_dataset("triggered", 10, ntrigger=3))
    assert api.status_get().state == "Measuring"
    for trigger in range(3):
        assert _status_code_of(lambda: api.wait_till_done_post(timeout=0)) == 504
        assert api.statistics_data_collection_get().images_collected == 10 * trigger
        api.trigger_post()
        expected = 10 * (trigger + 1)
        wait_until(
            lambda n=expected: api.statistics_data_collection_get().images_collected == n,
            f"{expected} images after trigger {trigger + 1}",
        )
    api.wait_till_done_post(timeout=60)
    assert saved_image_count(day.files / "triggered_master.h5") == 30


def test_a_measurement_refuses_what_would_disturb_it(day: Day) -> None:
    """B007, B017, B076: wrong state is 500 WrongDAQState and changes nothing."""
    api = day.api
    _set_timing(api, "trigger")
    api.start_post(_dataset("undisturbed", 3))
    for refused in (
        api.initialize_post,
        api.pedestal_post,
        api.deactivate_post,
        api.config_image_format_raw_post,
        lambda: api.start_post(_dataset("other", 1)),
        lambda: api.config_detector_put(_detector_settings("auto")),
        lambda: api.config_image_format_put(api.config_image_format_get()),
    ):
        _assert_wrong_state(refused)
    assert api.status_get().state == "Measuring"
    api.trigger_post()
    api.wait_till_done_post(timeout=60)
    assert saved_image_count(day.files / "undisturbed_master.h5") == 3
    assert not list(day.files.glob("other*"))


def test_a_cancelled_run_keeps_what_it_has(day: Day) -> None:
    """B073, B074, B075, B077: what was sent is in the files, and the run is marked."""
    api = day.api
    api.start_post(_dataset("cancelled", 1_000_000))
    wait_until(
        lambda: api.statistics_data_collection_get().images_collected >= 20, "20 images collected"
    )
    api.cancel_post()
    api.wait_till_done_post(timeout=60)
    statistics = api.statistics_data_collection_get()
    assert statistics.cancelled
    assert 20 <= statistics.images_sent < statistics.images_expected == 1_000_000
    assert statistics.images_sent == statistics.images_collected
    assert saved_image_count(day.files / "cancelled_master.h5") == statistics.images_sent
    assert api.status_get().state == "Idle"


def test_new_detector_settings_bring_a_pedestal(day: Day) -> None:
    """B080, B081: in Idle PUT /config/detector measures by itself."""
    settings = day.api.config_detector_get()
    settings.frame_time_us = 1100
    settings.jungfrau_pedestal_g0_frames = _UNHURRIED_G0_FRAMES
    day.api.config_detector_put(settings)
    assert day.api.status_get().state == "Pedestal"
    day.api.wait_till_done_post(timeout=60)
    assert day.api.status_get().state == "Idle"
    assert day.api.config_detector_get().frame_time_us == 1100


def test_pedestal_goes_back_to_idle(day: Day) -> None:
    """B025, B027: the calibration on disk is replaced."""
    settings = day.api.config_detector_get()
    settings.jungfrau_pedestal_g0_frames = _UNHURRIED_G0_FRAMES
    day.api.config_detector_put(settings)
    day.api.wait_till_done_post(timeout=60)
    calibration = day.state / "calibration" / "TEST-0001.h5"
    with h5py.File(calibration) as file:
        time_before = file.attrs["time"]
    day.api.pedestal_post()
    assert day.api.status_get().state == "Pedestal"
    day.api.wait_till_done_post(timeout=60)
    assert day.api.status_get().state == "Idle"
    with h5py.File(calibration) as file:
        assert file.attrs["time"] > time_before


def test_a_cancelled_pedestal_leaves_the_old_one(day: Day) -> None:
    """B073, B075: cancel leads back to Idle and the detector is still usable."""
    calibration = day.state / "calibration" / "TEST-0001.h5"
    before = calibration.read_bytes()
    settings = day.api.config_detector_get()
    settings.jungfrau_pedestal_g0_frames = 1_000_000
    day.api.config_detector_put(settings)
    assert day.api.status_get().state == "Pedestal"
    day.api.cancel_post()
    day.api.wait_till_done_post(timeout=60)
    assert day.api.status_get().state == "Idle"
    assert calibration.read_bytes() == before
    day.api.config_detector_put(_detector_settings("auto"))
    day.api.wait_till_done_post(timeout=60)


def test_deactivate_needs_a_new_initialize(day: Day) -> None:
    """B016, B078: back to where the day began."""
    day.api.deactivate_post()
    assert day.api.status_get().state == "Inactive"
    _assert_wrong_state(lambda: day.api.start_post(_dataset("late", 1)))
    day.api.initialize_post()
    day.api.wait_till_done_post(timeout=60)
    assert day.api.status_get().state == "Idle"
