"""The broker, put together from its parts."""

import logging
import os
from contextlib import ExitStack
from pathlib import Path

from jfjoch.broker.broker import Broker, BrokerParts
from jfjoch.broker.detector_system import DetectorSystem
from jfjoch.broker.live_settings import LiveSettings, SettingsSnapshot, restored_settings
from jfjoch.broker.run_counter import RunCounter
from jfjoch.broker.run_preparation import RunPreparation
from jfjoch.broker.selected_detector import SelectedDetector
from jfjoch.broker.settings_sections import DETECTOR_SETTINGS, SPOT_FINDING
from jfjoch.broker.settings_store import SettingsStore
from jfjoch.broker.usable_settings import usable_settings
from jfjoch.cli.detector_systems import DetectorSystems, GivenCalibration
from jfjoch.cli.published_streams import published_streams
from jfjoch.detector.processors import Processors
from jfjoch.detector.udp.receiver_report import ReceiverAddress
from jfjoch.errors import ConfigurationError, InvalidInput
from jfjoch.geometry.module_shape import RAW_SHAPE
from jfjoch.geometry.modules import module_layout
from jfjoch.messages.ports import ImageSink
from jfjoch.model.configuration import JfjochSettings
from jfjoch.model.detector import Detector
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.zeromq import ZeromqSettings
from jfjoch.receiver.last_image import LastImage, was_indexed
from jfjoch.receiver.published_stream import PublishedStreams
from jfjoch.receiver.receiver import ReceiverOptions
from jfjoch.stream.discard import NullImageSink
from jfjoch.stream.push import ZmqImageSink
from jfjoch.writer.cbor_sink import CborImageSink
from jfjoch.writer.hdf5_sink import Hdf5ImageSink

_BYTES_PER_MIB = 1024 * 1024
_MODULE_BYTES = RAW_SHAPE[0] * RAW_SHAPE[1] * 2
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
        _packet_receivers(configuration),
    )
    detectors = SelectedDetector(configuration.detector, systems.build)
    configured = configuration.detector_settings
    settings = _live_settings(configuration, SettingsStore(state_directory), detectors.system)
    streams = published_streams(configuration, settings.present)
    last_image, last_indexed = LastImage(), LastImage(takes=was_indexed)
    return Broker(
        BrokerParts(
            detectors=detectors,
            settings=settings,
            configured_settings=() if configured is None else (configured,),
            runs=_runs(
                configuration, state_directory, streams, settings, (last_image, last_indexed)
            ),
            streams=streams,
            last_image=last_image,
            last_indexed=last_indexed,
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


def _runs(
    configuration: JfjochSettings,
    state_directory: Path,
    streams: PublishedStreams,
    settings: LiveSettings,
    last_images: tuple[LastImage, ...],
) -> RunPreparation:
    counter = RunCounter(state_directory)  # first, as it may fail and sockets would stay open
    with ExitStack() as opened:
        streams.open()
        opened.callback(streams.close)
        sink = _image_sink(configuration)
        opened.pop_all()
    return RunPreparation(
        sink,
        NullImageSink(),
        counter,
        lambda: settings.present[SPOT_FINDING],
        (*streams.observers, *last_images),
    )


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
    """Detector settings need a closer look than the others."""
    restored = restored_settings(configuration, store)
    usable = _detector_settings(configuration.detector_settings, restored, system)
    initial = restored.with_section(DETECTOR_SETTINGS, usable)
    return LiveSettings(initial, configuration, store)


def _detector_settings(
    configured: DetectorSettings | None, restored: SettingsSnapshot, system: DetectorSystem
) -> DetectorSettings:
    """Saved ones may have been those of another detector: they need not fit the first one."""
    if configured is not None:
        _check(system, configured)
    asked_for = [] if configured is None else [configured]
    if restored[DETECTOR_SETTINGS] is not DETECTOR_SETTINGS.default:
        asked_for.insert(0, restored[DETECTOR_SETTINGS])
    usable = usable_settings(system.detector, system.calibration.gains, asked_for)
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
        processors=Processors.of_policy(configuration.numa_policy),
    )


def _packet_receivers(configuration: JfjochSettings) -> list[ReceiverAddress]:
    """An entry without an address is for boards this receiver does without."""
    return [
        ReceiverAddress(entry.blk or f"udp{number}", entry.ipv4)
        for number, entry in enumerate(configuration.pcie)
        if entry.ipv4
    ]


def _image_sink(configuration: JfjochSettings) -> ImageSink:
    match configuration.image_pusher:
        case "None":
            return NullImageSink()
        case "HDF5":
            return Hdf5ImageSink(_file_root())
        case "CBOR":
            return CborImageSink(_file_root())
        case "ZeroMQ":
            return _image_stream(configuration)


def _file_root() -> Path:
    root = Path.cwd()
    _logger.info("images go to files below %s", root)
    return root


def _image_stream(configuration: JfjochSettings) -> ImageSink:
    sink = ZmqImageSink(configuration.zeromq or ZeromqSettings())
    sink.open()
    _logger.info("images go to writers at %s", ", ".join(sink.addresses))
    return sink
