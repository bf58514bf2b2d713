"""The broker, put together from its parts."""

import logging
import os
from functools import partial
from pathlib import Path

from jfjoch.broker.broker import Broker, BrokerParts
from jfjoch.broker.calibration_keeper import open_calibration
from jfjoch.broker.detector_system import DetectorSystem
from jfjoch.broker.live_settings import LiveSettings, SettingsSnapshot
from jfjoch.broker.run_counter import RunCounter
from jfjoch.broker.settings_store import DETECTOR_SETTINGS, IMAGE_FORMAT, SettingsStore
from jfjoch.calibration.gain_file import load_gain_maps
from jfjoch.calibration.gains import GainMaps
from jfjoch.detector.factory import build_detector
from jfjoch.detector.internal_generator import InternalGenerator
from jfjoch.errors import ConfigurationError, InvalidInput
from jfjoch.geometry.modules import module_layout
from jfjoch.messages.ports import ImageSink
from jfjoch.model.configuration import JfjochSettings
from jfjoch.model.detector import Detector
from jfjoch.model.detector_settings import DEFAULT_DETECTOR_SETTINGS
from jfjoch.model.image_format import DEFAULT_IMAGE_FORMAT
from jfjoch.model.instrument import DEFAULT_INSTRUMENT
from jfjoch.model.zeromq import ZeromqSettings
from jfjoch.receiver.detector_limits import check_detector_settings
from jfjoch.receiver.receiver import Receiver, ReceiverOptions
from jfjoch.stream.discard import NullImageSink
from jfjoch.stream.push import ZmqImageSink

_BYTES_PER_MIB = 1024 * 1024
_QUEUED_IMAGES = 64
"""Finished images that may wait for the sender, besides those in ZeroMQ's own queue."""

_logger = logging.getLogger(__name__)


def build_broker(
    configuration: JfjochSettings, state_directory: Path, calibration: Path | None
) -> Broker:
    """Return the broker of the first detector of the configuration, Inactive.

    Raises ConfigurationError when a file or an address can't be used.
    """
    detector = configuration.detector[0]
    settings = _live_settings(configuration, SettingsStore(state_directory))
    system = _detector_system(detector, state_directory, calibration)
    receiver = Receiver(detector.module_count, _receiver_options(configuration))
    return Broker(
        BrokerParts(
            system=system,
            instrument=configuration.instrument or DEFAULT_INSTRUMENT,
            settings=settings,
            receiver=receiver,
            sink=_image_sink(configuration),
            sink_without_files=NullImageSink(),
            run_counter=RunCounter(state_directory),
        )
    )


def _live_settings(configuration: JfjochSettings, store: SettingsStore) -> LiveSettings:
    """What was saved, else what the configuration file says, else the defaults."""
    _check(configuration)
    initial = SettingsSnapshot(
        store.restore(DETECTOR_SETTINGS, configuration.detector_settings)
        or configuration.detector_settings
        or DEFAULT_DETECTOR_SETTINGS,
        store.restore(IMAGE_FORMAT, configuration.image_format)
        or configuration.image_format
        or DEFAULT_IMAGE_FORMAT,
    )
    return LiveSettings(initial, partial(_keep, configuration, store))


def _check(configuration: JfjochSettings) -> None:
    """Refuse what the detector can't do; saved settings were checked before they were saved."""
    settings = configuration.detector_settings or DEFAULT_DETECTOR_SETTINGS
    try:
        check_detector_settings(configuration.detector[0], settings)
    except InvalidInput as error:
        raise ConfigurationError(f"detector_settings: {error}") from error
    instrument = configuration.instrument or DEFAULT_INSTRUMENT
    for name in ("pulsed_source", "electron_source"):
        if getattr(instrument, name):
            raise ConfigurationError(f"instrument.{name} is not available in this version")


def _keep(configuration: JfjochSettings, store: SettingsStore, changed: SettingsSnapshot) -> None:
    store.save(DETECTOR_SETTINGS, configuration.detector_settings, changed.detector_settings)
    store.save(IMAGE_FORMAT, configuration.image_format, changed.image_format)


def _detector_system(
    detector: Detector, state_directory: Path, calibration: Path | None
) -> DetectorSystem:
    gain_files = [Path(name) for name in detector.calibration_file]
    gains = load_gain_maps(gain_files, detector.module_count, False) if gain_files else None
    hardware = build_detector(detector, gains)
    in_use = gains or GainMaps.nominal(detector.module_count)
    return DetectorSystem(
        detector=detector,
        control=hardware,
        frames=hardware,
        generator=InternalGenerator(detector.module_count),
        calibration=open_calibration(detector, in_use, state_directory, calibration),
        assembled=module_layout(detector, assembled=True),
    )


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
