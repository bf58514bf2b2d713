"""Every operation that is served, as the published client of 1.0.0-rc.29 sees it."""

from collections.abc import Iterator

import jfjoch_client as jf
import numpy as np
import pytest
from jfjoch_client.exceptions import (
    BadRequestException,
    NotFoundException,
    ServiceException,
)

import jfjoch
from jfjoch.preview.tiff import read_tiff
from tests.helpers.http_service import HttpService, running_http_service
from tests.helpers.in_memory_broker import CONVERTED_BYTES, RAW_BYTES
from tests.unit.preview.test_tiff import tiff

DATASET = {
    "beam_x_pxl": 500.0,
    "beam_y_pxl": 250.5,
    "detector_distance_mm": 150.0,
    "incident_energy_keV": 12.4,
}


@pytest.fixture
def service() -> Iterator[HttpService]:
    with running_http_service() as running:
        yield running


def dataset(**more: object) -> jf.DatasetSettings:
    return jf.DatasetSettings.from_dict(DATASET | more)


def test_version_and_status(service: HttpService) -> None:
    """B143, B148."""
    assert service.client.version_get() == jfjoch.__version__
    assert service.client.status_get().state == "Inactive"
    assert service.http.get("/version").headers["content-type"].startswith("text/plain")
    assert service.http.get("/status").json() == {"state": "Inactive", "message_severity": "info"}


def test_initialize_and_wait(service: HttpService) -> None:
    """B014, B023, B070."""
    with pytest.raises(ServiceException) as caught:
        service.client.wait_till_done_post()
    assert (caught.value.status, caught.value.body) == (502, "")
    service.client.initialize_post()
    assert service.client.status_get().state == "Busy"
    with pytest.raises(ServiceException) as caught:
        service.client.wait_till_done_post(timeout=0)
    assert (caught.value.status, caught.value.body) == (504, "")
    service.broker.finish("completed")
    service.client.wait_till_done_post()
    assert service.client.status_get().state == "Idle"


def test_failed_initialize(service: HttpService) -> None:
    """B023, B070."""
    service.client.initialize_post()
    service.broker.finish("failed_needs_initialize", "no frames from module 3")
    with pytest.raises(ServiceException) as caught:
        service.client.wait_till_done_post()
    assert caught.value.status == 500
    assert caught.value.data == jf.ErrorMessage(msg="no frames from module 3", reason="Other")
    status = service.client.status_get()
    assert (status.state, status.message, status.message_severity) == (
        "Error",
        "no frames from module 3",
        "error",
    )


def test_run(service: HttpService) -> None:
    """B033, B034, B072, B171."""
    service.broker.become_idle()
    with pytest.raises(NotFoundException):
        service.client.statistics_data_collection_get()
    service.client.start_post(dataset(file_prefix="lyso/run", ntrigger=2))
    assert service.client.status_get().state == "Measuring"
    service.client.trigger_post()
    service.broker.finish("completed")
    service.client.wait_till_done_post()
    (received,) = service.broker.datasets
    assert (received.file_prefix, received.ntrigger, received.beam_y_pxl) == ("lyso/run", 2, 250.5)
    assert received.run_number is None
    assert service.broker.triggers == 1
    statistics = service.client.statistics_data_collection_get()
    assert (statistics.file_prefix, statistics.images_expected) == ("lyso/run", 2)
    assert "run_number" not in service.http.get("/statistics/data_collection").json()


def test_start_that_fails_is_told_once(service: HttpService) -> None:
    service.broker.become_idle()
    service.broker.start_failure = "no writer at tcp://*:5400"
    with pytest.raises(ServiceException) as caught:
        service.client.start_post(dataset())
    assert caught.value.data == jf.ErrorMessage(msg="no writer at tcp://*:5400", reason="Other")
    service.client.wait_till_done_post()


def test_trigger_and_cancel_without_a_run(service: HttpService) -> None:
    """B072, B076."""
    service.client.trigger_post()
    service.client.cancel_post()
    assert service.broker.triggers == 0
    assert service.client.status_get().state == "Inactive"


def test_cancel_and_deactivate(service: HttpService) -> None:
    """B073, B078."""
    service.broker.become_idle()
    service.client.pedestal_post()
    assert service.client.status_get().state == "Pedestal"
    service.client.cancel_post()
    assert service.client.status_get().state == "Idle"
    service.client.deactivate_post()
    assert service.client.status_get().state == "Inactive"


@pytest.mark.parametrize(
    "command",
    ["pedestal_post", "start_post", "deactivate_post"],
)
def test_wrong_state(service: HttpService, command: str) -> None:
    """B003, B007."""
    arguments = [dataset()] if command == "start_post" else []
    with pytest.raises(ServiceException) as caught:
        getattr(service.client, command)(*arguments)
    assert caught.value.status == 500
    assert caught.value.data.reason == "WrongDAQState"
    assert "Inactive" in caught.value.data.msg


def test_detector_settings(service: HttpService) -> None:
    """B080, B081."""
    settings = service.client.config_detector_get()
    assert (settings.frame_time_us, settings.timing, settings.count_time_us) == (
        1000,
        jf.DetectorTiming.TRIGGER,
        None,
    )
    settings.frame_time_us = 500
    settings.timing = jf.DetectorTiming.AUTO
    service.client.config_detector_put(settings)
    assert service.client.config_detector_get() == settings
    service.broker.become_idle()
    service.client.config_detector_put(settings)
    assert service.client.status_get().state == "Pedestal"
    with pytest.raises(ServiceException):
        service.client.config_detector_put(settings)


def test_detector_settings_the_detector_does_not_know(service: HttpService) -> None:
    before = service.client.config_detector_get()
    with pytest.raises(BadRequestException) as caught:
        service.client.config_detector_put(jf.DetectorSettings(frame_time_us=9, timing="burst"))
    assert caught.value.body.startswith("timing: expected auto or trigger")
    assert service.client.config_detector_get() == before


def test_image_format(service: HttpService) -> None:
    """B101, B113-B115."""
    settings = service.client.config_image_format_get()
    settings.bit_depth_image = 32
    service.client.config_image_format_put(settings)
    service.client.config_image_format_raw_post()
    raw = service.client.config_image_format_get()
    switches = [raw.summation, raw.geometry_transform, raw.jungfrau_conversion]
    assert switches == [False, False, False]
    service.client.config_image_format_conversion_post()
    assert service.client.config_image_format_get() == settings
    service.broker.initialize()
    for change in (
        service.client.config_image_format_raw_post,
        service.client.config_image_format_conversion_post,
    ):
        with pytest.raises(ServiceException) as caught:
            change()
        assert caught.value.data.reason == "WrongDAQState"


def test_instrument(service: HttpService) -> None:
    """B096-B100."""
    metadata = service.client.config_instrument_get()
    assert (metadata.source_type, metadata.pulsed_source) == ("", False)
    changed = jf.InstrumentMetadata(
        source_name="SLS", source_type="Synchrotron X-ray Source", instrument_name="X06SA"
    )
    service.client.config_instrument_put(changed)
    assert service.client.config_instrument_get() == changed
    service.broker.initialize()
    with pytest.raises(ServiceException) as caught:
        service.client.config_instrument_put(changed)
    assert caught.value.data.reason == "WrongDAQState"


def test_detector_selection(service: HttpService) -> None:
    """B132, B133: the new detector is to be initialized."""
    listed = service.client.config_select_detector_get()
    assert [(d.id, d.description) for d in listed.detectors] == [(0, "first"), (1, "second")]
    assert listed.current_id == 0
    service.broker.become_idle()
    service.client.config_select_detector_put(jf.DetectorSelection(id=1))
    assert service.client.config_select_detector_get().current_id == 1
    assert service.client.status_get().state == "Inactive"


@pytest.mark.parametrize("detector_id", [-1, 2, 2**40])
def test_detector_that_is_not_there(service: HttpService, detector_id: int) -> None:
    """B133: 500 Other, and nothing has changed."""
    service.broker.become_idle()
    with pytest.raises(ServiceException) as caught:
        service.client.config_select_detector_put(jf.DetectorSelection(id=detector_id))
    assert caught.value.data.reason == "Other"
    assert service.client.status_get().state == "Idle"


def test_user_mask(service: HttpService) -> None:
    """B182-B185: as bytes and as TIFF."""
    service.broker.become_idle()
    mask = np.random.default_rng(0).integers(0, 2, (514, 1030), np.uint32)
    service.client.config_user_mask_put(mask.tobytes())
    assert bytes(service.client.config_user_mask_get()) == mask.tobytes()
    assert bytes(service.client.config_mask_get()) == (mask << 8).tobytes()
    service.client.config_user_mask_tiff_put(tiff(1 - mask))
    received = read_tiff(bytes(service.client.config_user_mask_tiff_get()), np.uint32)
    np.testing.assert_array_equal(received, 1 - mask)
    received = read_tiff(bytes(service.client.config_mask_tiff_get()), np.uint32)
    np.testing.assert_array_equal(received, (1 - mask) << 8)
    answer = service.http.get("/config/mask.tiff")
    assert answer.headers["content-type"] == "image/tiff"
    assert service.http.get("/config/mask").headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize("body", [b"", b"1234", bytes(514 * 1030 * 2)])
def test_user_masks_that_are_refused(service: HttpService, body: bytes) -> None:
    """B188: 500 Other, because 400 is not declared."""
    service.broker.become_idle()
    for upload in (service.client.config_user_mask_put, service.client.config_user_mask_tiff_put):
        with pytest.raises(ServiceException) as caught:
            upload(body)
        assert caught.value.data.reason == "Other"
    assert not service.broker.user_mask().any()


def test_user_mask_in_the_wrong_state(service: HttpService) -> None:
    """B184, B188."""
    with pytest.raises(ServiceException) as caught:
        service.client.config_user_mask_put(bytes(514 * 1030 * 4))
    assert caught.value.data.reason == "WrongDAQState"


def test_generator_images(service: HttpService) -> None:
    """B128-B131."""
    service.broker.become_idle()
    raw = np.random.default_rng(0).integers(0, 65536, (512, 1024), np.uint16)
    service.client.config_internal_generator_image_put(id=3, body=raw.tobytes())
    service.client.config_internal_generator_image_put(body=bytes(CONVERTED_BYTES))
    service.client.config_internal_generator_image_tiff_put(id=63, body=tiff(raw))
    assert service.broker.uploads[3] == raw.tobytes()
    assert service.broker.uploads[0] == bytes(CONVERTED_BYTES)
    np.testing.assert_array_equal(service.broker.uploads[63], raw)


@pytest.mark.parametrize(
    ("image_id", "body", "message"),
    [
        (64, bytes(RAW_BYTES), "id: expected 0 to 63, got 64"),
        (127, bytes(RAW_BYTES), "id: expected 0 to 63, got 127"),
        (0, b"12", f"expected {RAW_BYTES} .raw. or {CONVERTED_BYTES} bytes"),
        (0, b"", "got 0"),
    ],
)
def test_generator_images_that_are_refused(
    service: HttpService, image_id: int, body: bytes, message: str
) -> None:
    """B130, B131."""
    service.broker.become_idle()
    with pytest.raises(BadRequestException, match=message):
        service.client.config_internal_generator_image_put(id=image_id, body=body)
    with pytest.raises(BadRequestException):
        service.client.config_internal_generator_image_tiff_put(id=image_id, body=body)
    assert service.broker.uploads == {}


def test_generator_image_in_the_wrong_state(service: HttpService) -> None:
    """B130: 400, because 500 is not declared."""
    with pytest.raises(BadRequestException, match="only in Idle"):
        service.client.config_internal_generator_image_put(body=bytes(RAW_BYTES))
