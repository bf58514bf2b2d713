"""Detectors of the configuration, put together with everything that is their own."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jfjoch.broker.calibration_keeper import calibration_path, open_calibration
from jfjoch.broker.detector_system import DetectorSystem
from jfjoch.broker.user_mask_keeper import open_user_mask
from jfjoch.calibration.gain_file import load_gain_maps
from jfjoch.calibration.gains import GainMaps
from jfjoch.detector.factory import build_detector
from jfjoch.detector.internal_generator import InternalGenerator
from jfjoch.detector.udp.receiver_report import ReceiverAddress
from jfjoch.geometry.modules import module_layout
from jfjoch.model.detector import Detector
from jfjoch.receiver.receiver import Receiver, ReceiverOptions

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GivenCalibration:
    """The pedestals of the command line: of one detector, until pedestals of it are measured."""

    file: Path
    serial_number: str
    measured: Path
    """Where measured pedestals of that detector go."""
    measured_at_start: int | None
    """When that file was last written, ns since 1970; None = it was not there."""

    @classmethod
    def of(cls, detector: Detector, file: Path, state_directory: Path) -> "GivenCalibration":
        """Say at the start that ``file`` belongs to the detector."""
        measured = calibration_path(state_directory, detector)
        return cls(file, detector.serial_number, measured, _time_written(measured))

    def file_for(self, detector: Detector) -> Path | None:
        """Return the file if it is the one to use for the detector now."""
        if detector.serial_number != self.serial_number:
            return None
        return self.file if _time_written(self.measured) == self.measured_at_start else None


@dataclass(frozen=True, slots=True)
class DetectorSystems:
    """Builds the system of any detector; holds none."""

    state_directory: Path
    options: ReceiverOptions
    given_calibration: GivenCalibration | None
    receivers: Sequence[ReceiverAddress] = ()
    """Of packets."""

    def build(self, detector: Detector) -> DetectorSystem:
        """Return the detector, switched off. Raises ConfigurationError."""
        gains = _gain_maps(detector)
        parts = build_detector(detector, gains, self.receivers, self.options.processors)
        in_use = gains or _nominal_gain_maps(detector)
        given = self.given_calibration
        file = None if given is None else given.file_for(detector)
        return DetectorSystem(
            detector=detector,
            control=parts.control,
            frames=parts.frames,
            packet_receivers=parts.receivers,
            generator=InternalGenerator(detector.module_count),
            receiver=Receiver(detector.module_count, self.options),
            calibration=open_calibration(detector, in_use, self.state_directory, file),
            user_mask=open_user_mask(detector, self.state_directory),
            assembled=module_layout(detector, assembled=True),
        )


def _gain_maps(detector: Detector) -> GainMaps | None:
    files = [Path(name) for name in detector.calibration_file]
    if not files:
        return None
    if detector.type == "EIGER":
        if not detector.simulated:
            return None  # they are trim bits, which the control of the detector loads
        _logger.warning(
            "%s: calibration_file is not used, as a simulated EIGER has no trim bits",
            detector.description,
        )
        return None
    gains = load_gain_maps(files, detector.module_count)
    unusable = gains.unusable_pixel_count()
    if unusable:
        _logger.warning(
            "%s: %d pixels have no usable gain in some stage and give the error value in it",
            detector.description,
            unusable,
        )
    return gains


def _nominal_gain_maps(detector: Detector) -> GainMaps:
    """An EIGER has no gains: maps of no modules."""
    return GainMaps.nominal(detector.module_count if detector.type == "JUNGFRAU" else 0)


def _time_written(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return None
