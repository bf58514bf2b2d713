"""The broker, put together from its parts."""

import logging
import os
from pathlib import Path

from jfjoch.broker.broker import Broker, BrokerParts
from jfjoch.broker.detector_system import DetectorSystem
from jfjoch.broker.live_settings import LiveSettings, SettingsSnapshot
from jfjoch.broker.run_counter import RunCounter
from jfjoch.broker.run_preparation import RunPreparation
from jfjoch.broker.selected_detector import SelectedDetector
from jfjoch.broker.settings_store import (
    DETECTOR_SETTINGS,
    IMAGE_FORMAT,
    INSTRUMENT,
    SettingsStore,
)
from jfjoch.broker.usable_settings import usable_settings
from jfjoch.cli.detector_systems import DetectorSystems, GivenCalibration
from jfjoch.errors import ConfigurationError, InvalidInput
from jfjoch.geometry.modules import module_layout
from jfjoch.messages.ports import ImageSink
from jfjoch.model.configuration import JfjochSettings
from jfjoch.model.detector import Detector
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.image_format import DEFAULT_IMAGE_FORMAT
from jfjoch.model.instrument import DEFAULT_INSTRUMENT
from jfjoch.model.zeromq import ZeromqSettings
from jfjoch.receiver.receiver import ReceiverOptions
from jfjoch.stream.discard import NullImageSink
from jfjoch.stream.push import ZmqImageSink

_BYTES_PER_MIB = 1024 * 1024
_MODULE_BYTES = 512 * 1024 * 2
LEAST_FRAMES = 4
"""So many 16-bit frames must fit into the frame memory."""
_QUEUED_IMAGES = 64
"""Finished images that may wait for the sender, besides those in ZeroMQ's own queue."""

_logger = logging.getLogger(__name__)


def build_broker(
    configuration: JfjochSettings, state_directory: Path, calibration: Path | None
) -> Broker:
    """Return the broker of the first detector of the configuration, Inactive.

    Raises ConfigurationError when a file or an address can't be used.
    """
    for detector in configuration.detector:
        module_layout(detector, assembled=True)  # refuses a geometry that is none
        _check_memory(configuration, detector)
    systems = DetectorSystems(
        state_directory,
        _receiver_options(configuration),
        _given_calibration(configuration, state_directory, calibration),
    )
    detectors = SelectedDetector(configuration.detector, systems.build)
    configured = configuration.detector_settings
    return Broker(
        BrokerParts(
            detectors=detectors,
            settings=_live_settings(
                configuration, SettingsStore(state_directory), detectors.system
            ),
            configured_settings=() if configured is None else (configured,),
            runs=_runs(configuration, state_directory),
        )
    )


def _check_memory(configuration: JfjochSettings, detector: Detector) -> None:
    """A mistyped number of modules shall not take the machine's memory."""
    needed = LEAST_FRAMES * detector.module_count * _MODULE_BYTES
    if needed > configuration.image_buffer_MiB * _BYTES_PER_MIB:
        raise ConfigurationError(
            f"image_buffer_MiB: {LEAST_FRAMES} frames of {detector.module_count} modules"
            f" ({detector.description}) need {needed // _BYTES_PER_MIB} MiB,"
            f" got {configuration.image_buffer_MiB}; correct one of the two"
        )


def _runs(configuration: JfjochSettings, state_directory: Path) -> RunPreparation:
    counter = RunCounter(state_directory)  # first, as it may fail and sockets would stay open
    return RunPreparation(_image_sink(configuration), NullImageSink(), counter)


def _given_calibration(
    configuration: JfjochSettings, state_directory: Path, file: Path | None
) -> GivenCalibration | None:
    """The file of the command line belongs to the first detector."""
    if file is None:
        return None
    return GivenCalibration.of(configuration.detector[0], file, state_directory)


def _live_settings(
    configuration: JfjochSettings, store: SettingsStore, system: DetectorSystem
) -> LiveSettings:
    """What was saved, else what the configuration file says, else the defaults."""
    initial = SettingsSnapshot(
        _detector_settings(configuration, store, system),
        store.restore(IMAGE_FORMAT, configuration.image_format)
        or configuration.image_format
        or DEFAULT_IMAGE_FORMAT,
        store.restore(INSTRUMENT, configuration.instrument)
        or configuration.instrument
        or DEFAULT_INSTRUMENT,
    )
    return LiveSettings(initial, configuration, store)


def _detector_settings(
    configuration: JfjochSettings, store: SettingsStore, system: DetectorSystem
) -> DetectorSettings:
    """Saved ones may have been those of another detector: they need not fit the first one."""
    configured = configuration.detector_settings
    if configured is not None:
        _check(system, configured)
    saved = store.restore(DETECTOR_SETTINGS, configured)
    wanted = [settings for settings in (saved, configured) if settings is not None]
    usable = usable_settings(system.detector, system.calibration.gains, wanted)
    if usable.objection:
        _logger.warning("saved detector_settings are not used: %s", usable.objection)
    system.calibration.check_at_start(usable.settings)
    return usable.settings


def _check(system: DetectorSystem, configured: DetectorSettings) -> None:
    try:
        system.check_settings(configured)
    except InvalidInput as error:
        raise ConfigurationError(f"detector_settings: {error}") from error


def _receiver_options(configuration: JfjochSettings) -> ReceiverOptions:
    cores = os.cpu_count() or 1
    threads = min(configuration.receiver_threads, cores)
    _logger.info(
        "%d receiver threads (receiver_threads %d, %d cores)",
        threads,
        configuration.receiver_threads,
        cores,
    )
    return ReceiverOptions(
        worker_count=threads,
        frame_buffer_bytes=configuration.image_buffer_MiB * _BYTES_PER_MIB,
        queue_length=_QUEUED_IMAGES,
    )


def _image_sink(configuration: JfjochSettings) -> ImageSink:
    if configuration.image_pusher == "None":
        return NullImageSink()
    sink = ZmqImageSink(configuration.zeromq or ZeromqSettings())
    sink.open()
    _logger.info("images go to writers at %s", ", ".join(sink.addresses))
    return sink
