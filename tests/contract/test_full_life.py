"""Every operation of the contract in one life of the system, called by the published client.

A broker and a writer as processes, real sockets, real files. The last chapter looks whether an
operation was left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import jfjoch_client as jf
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from tests.helpers.configurations import Setup, dataset
from tests.helpers.published_contract import OPERATIONS, needs_contract
from tests.helpers.recorded_client import RecordedClient, recorded_client, refused
from tests.helpers.saved_run import saved_images
from tests.helpers.service_process import ServiceProcess, wait_until
from tests.helpers.services import running_broker, running_writer
from tests.unit.preview.test_tiff import tiff

pytestmark = needs_contract

WRONG_STATE = (500, "WrongDAQState")
RAW_SHAPE, IMAGE_SHAPE = (512, 1024), (514, 1030)
SECTIONS = (
    "azim_int",
    "detector",
    "image_format",
    "instrument",
    "roi",
    "spot_finding",
    "zeromq_metadata",
    "zeromq_preview",
)
BINNED_PLOTS = [
    name for name in OPERATIONS if name.startswith("plot_") and name != "plot_azim_int_get"
]


@dataclass(frozen=True)
class System:
    """What a user has at hand."""

    api: RecordedClient
    broker: ServiceProcess
    files: Path
    calibration: Path
    """Where the broker keeps the pedestal."""


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    directory = tmp_path_factory.mktemp("life")
    setup = Setup(module_count=1)
    with (
        running_broker(setup.configuration(), directory) as broker,
        running_writer(setup.image_address, directory / "files"),
        recorded_client(broker.client.url) as api,
    ):
        kept = directory / "state" / "calibration" / "TEST-0001.h5"
        yield System(api, broker.process, directory / "files", kept)


def run_settings(prefix: str, images: int, **more: Any) -> jf.DatasetSettings:
    settings = jf.DatasetSettings.from_dict(dataset(prefix, images, **more))
    assert settings is not None
    return settings


def pixels(body: bytearray) -> NDArray[Any]:
    """What a program that knows TIFF reads."""
    return np.asarray(tifffile.imread(BytesIO(body)))


def state_of(system: System) -> str:
    return str(system.api.status_get().state)


def wait_for_idle(system: System) -> None:
    system.api.wait_till_done_post(timeout=60)
    assert state_of(system) == "Idle"


def test_a_full_life(system: System) -> None:
    """B001-B188, as far as a client sees them: all 63 operations, in all six states."""
    inactive(system)
    initialize(system)
    configure(system)
    masks(system)
    saved_run(system)
    after_a_run(system)
    triggered_run_that_is_cancelled(system)
    pedestal(system)
    generator_run_at_a_pulsed_source(system)
    error_and_recovery(system)
    deactivate(system)
    assert set(OPERATIONS) - system.api.called == set()


def inactive(system: System) -> None:
    api = system.api
    assert state_of(system) == "Inactive"
    assert api.version_get()
    assert refused(api.wait_till_done_post, timeout=1) == (502, "")
    for command in (api.pedestal_post, api.deactivate_post):
        assert refused(command) == WRONG_STATE
    assert refused(api.start_post, run_settings("", 1)) == WRONG_STATE
    api.trigger_post()
    api.cancel_post()
    for nothing_yet in (
        api.detector_status_get,
        api.statistics_data_collection_get,
        api.preview_image_jpeg_get,
        api.preview_image_tiff_get,
        api.preview_calibration_tiff_get,
        api.xfel_pulse_id_get,
        api.xfel_event_code_get,
    ):
        assert refused(nothing_yet) == (404, "")
    assert api.statistics_calibration_get() == []
    assert api.statistics_get().broker.state == state_of(system) == "Inactive"


def initialize(system: System) -> None:
    system.api.initialize_post()
    assert state_of(system) == "Busy"
    assert refused(system.api.wait_till_done_post, timeout=0) == (504, "")
    wait_for_idle(system)
    assert system.api.detector_status_get().state in ("Idle", "Waiting")
    assert len(system.api.statistics_calibration_get()) == 1
    for level in range(3):
        pedestal_image = pixels(system.api.preview_pedestal_tiff_get(gain_level=level))
        assert (pedestal_image.shape, pedestal_image.dtype.name) == (RAW_SHAPE, "float32")
    assert refused(system.api.preview_pedestal_tiff_get, gain_level=0, sc=1) == (404, "")


def configure(system: System) -> None:
    """What is put is what is got, and what is got can be put back."""
    api = system.api
    for section in SECTIONS:
        present = getattr(api, f"config_{section}_get")()
        getattr(api, f"config_{section}_put")(present)
        if section == "detector":
            assert state_of(system) == "Pedestal"
            wait_for_idle(system)
        assert getattr(api, f"config_{section}_get")() == present, section
    api.config_image_format_raw_post()
    assert not api.config_image_format_get().geometry_transform
    api.config_image_format_conversion_post()
    assert api.config_image_format_get().geometry_transform
    (device,) = api.fpga_status_get()
    assert device.idle
    detectors = api.config_select_detector_get()
    api.config_select_detector_put(jf.DetectorSelection(id=detectors.current_id))
    assert state_of(system) == "Inactive"
    assert refused(api.config_select_detector_put, jf.DetectorSelection(id=1)) == (500, "Other")
    api.initialize_post()
    wait_for_idle(system)


def masks(system: System) -> None:
    api = system.api
    mask = np.zeros(IMAGE_SHAPE, np.uint32)
    mask[100, 200] = 1
    api.config_user_mask_put(mask.tobytes())
    assert bytes(api.config_user_mask_get()) == mask.tobytes()
    mask[100, 200], mask[300, 400] = 0, 1
    api.config_user_mask_tiff_put(tiff(mask))
    np.testing.assert_array_equal(pixels(api.config_user_mask_tiff_get()), mask)
    whole = pixels(api.config_mask_tiff_get())
    assert bytes(api.config_mask_get()) == whole.tobytes()
    assert whole[300, 400] & (1 << 8)


def saved_run(system: System) -> None:
    api = system.api
    api.start_post(run_settings("life/saved", 30, images_per_file=10, compression="bszstd"))
    wait_for_idle(system)
    statistics = api.statistics_data_collection_get()
    assert statistics.images_sent == statistics.images_collected == 30
    images = saved_images(system.files / "life" / "saved_master.h5")
    assert images.shape == (30, *IMAGE_SHAPE)
    shown = pixels(api.preview_image_tiff_get())
    np.testing.assert_array_equal(shown, images[29])


def after_a_run(system: System) -> None:
    api = system.api
    for name in BINNED_PLOTS:
        (first, *_) = getattr(api, name)().plot or [None]
        (binned, *_) = getattr(api, name)(binning=10, compression=False).plot or [None]
        if first is not None and first.x:
            assert (len(first.x), len(binned.x)) == (30, 3), name
    for compression in (None, True, False):
        assert len(api.plot_azim_int_get(compression=compression).plot) == 1
        assert api.statistics_get(compression=compression).measurement.images_sent == 30
    jpeg = api.preview_image_jpeg_post(jf.PreviewSettings(saturation=100, show_roi=True))
    for picture in (jpeg, api.preview_image_jpeg_get()):
        assert bytes(picture).startswith(b"\xff\xd8\xff")
    calibration = pixels(api.preview_calibration_tiff_get())
    assert (calibration.shape, calibration.dtype.name) == (IMAGE_SHAPE, "uint16")


def triggered_run_that_is_cancelled(system: System) -> None:
    api = system.api
    settings = api.config_detector_get()
    settings.timing = jf.DetectorTiming.TRIGGER
    api.config_detector_put(settings)
    wait_for_idle(system)
    api.start_post(run_settings("life/cancelled", 5, ntrigger=1000))
    assert state_of(system) == "Measuring"
    api.trigger_post()
    wait_until(
        lambda: api.statistics_data_collection_get().images_collected == 5, "images of a trigger"
    )
    assert refused(api.config_instrument_put, api.config_instrument_get()) == WRONG_STATE
    api.cancel_post()
    wait_for_idle(system)
    statistics = api.statistics_data_collection_get()
    assert (statistics.cancelled, statistics.images_sent) == (True, 5)
    assert len(saved_images(system.files / "life" / "cancelled_master.h5")) == 5


def pedestal(system: System) -> None:
    settings = system.api.config_detector_get()
    settings.jungfrau_pedestal_g0_frames = 1_000_000
    system.api.config_detector_put(settings)
    assert state_of(system) == "Pedestal"
    system.api.cancel_post()
    wait_for_idle(system)
    settings.jungfrau_pedestal_g0_frames = 3000
    system.api.config_detector_put(settings)
    wait_for_idle(system)
    system.api.pedestal_post()
    assert state_of(system) == "Pedestal"
    wait_for_idle(system)


def generator_run_at_a_pulsed_source(system: System) -> None:
    api = system.api
    frame = np.arange(512 * 1024, dtype=np.uint32).reshape(RAW_SHAPE) % 997
    api.config_internal_generator_image_put(id=0, body=frame.astype("<u2").tobytes())
    api.config_internal_generator_image_tiff_put(id=1, body=tiff(frame.astype(np.uint16) + 1))
    settings = api.config_detector_get()
    settings.internal_frame_generator, settings.internal_frame_generator_images = True, 2
    api.config_detector_put(settings)
    wait_for_idle(system)
    source = {"source_name": "X", "instrument_name": "Y", "source_type": "Free-Electron Laser"}
    api.config_instrument_put(jf.InstrumentMetadata(**source, pulsed_source=True))
    api.config_image_format_raw_post()
    api.start_post(run_settings("life/pulses", 1, ntrigger=4))
    wait_for_idle(system)
    assert len(api.xfel_pulse_id_get()) == len(api.xfel_event_code_get()) == 4
    images = saved_images(system.files / "life" / "pulses_master.h5")
    for number, image in enumerate(images):
        np.testing.assert_array_equal(image, frame + number % 2)
    api.config_image_format_conversion_post()


def error_and_recovery(system: System) -> None:
    """The pedestal can't be kept: a folder lies where its file belongs."""
    api = system.api
    settings = api.config_detector_get()
    settings.internal_frame_generator = False
    system.calibration.unlink()
    system.calibration.mkdir()
    api.config_detector_put(settings)
    assert refused(api.wait_till_done_post, timeout=60) == (500, "Other")
    status = api.status_get()
    assert (status.state, status.message_severity) == ("Error", "error")
    assert str(system.calibration) in status.message
    assert refused(api.start_post, run_settings("", 1)) == WRONG_STATE
    assert refused(api.pedestal_post) == WRONG_STATE
    assert refused(api.wait_till_done_post, timeout=60) == (500, "Other")
    api.config_instrument_put(jf.InstrumentMetadata(source_name="X", instrument_name="Y"))
    system.calibration.rmdir()
    api.initialize_post()
    wait_for_idle(system)
    assert api.status_get().message_severity != "error"


def deactivate(system: System) -> None:
    system.api.deactivate_post()
    assert state_of(system) == "Inactive"
    assert refused(system.api.start_post, run_settings("", 1)) == WRONG_STATE
