"""The calibration in use, and its copy on disk."""

import logging
from dataclasses import dataclass
from pathlib import Path

from jfjoch.broker.detector_file_name import detector_file_name
from jfjoch.calibration.gains import GainMaps
from jfjoch.calibration.pedestals import Pedestals
from jfjoch.calibration.store import load_pedestals, save_pedestals
from jfjoch.errors import ConfigurationError
from jfjoch.model.detector import Detector
from jfjoch.model.detector_settings import DetectorSettings

_log = logging.getLogger(__name__)


def calibration_path(state_dir: Path, detector: Detector) -> Path:
    """Where a detector's calibration lives; its serial number is made safe as a file name."""
    return state_dir / "calibration" / detector_file_name(detector.serial_number, ".h5")


@dataclass(slots=True)
class CalibrationKeeper:
    """Pedestals and gains of the selected detector; changed by one operation at a time."""

    serial_number: str
    path: Path
    gains: GainMaps
    pedestals: Pedestals
    given: Path | None = None
    """The file named on the command line, until a pedestal is measured."""

    def replace_pedestals(self, pedestals: Pedestals) -> None:
        """Use newly measured pedestals from now on, and keep them over a restart."""
        save_pedestals(self.path, pedestals, self.serial_number, self.gains.file_names)
        self.pedestals = pedestals
        self.given = None

    def check_at_start(self, settings: DetectorSettings) -> None:
        """Tell whether the pedestals that were loaded go with the settings.

        Raises ConfigurationError for a given file. For a kept one there is a warning, as the next
        pedestal replaces it; it is not forgotten before, as settings can be changed back.
        """
        mismatch = self.pedestals.mismatch(settings)
        if mismatch is None or self.pedestals.origin == "none":
            return
        if self.given is not None:
            found = list(self.pedestals.mean_adu.shape[1:])
            raise ConfigurationError(
                f"calibration file {self.given} {mismatch}; its data sets are {found}, expected "
                f"{[settings.jungfrau_storage_cell_count, *found[1:]]}: storage cells, modules, "
                "rows, columns"
            )
        _log.warning("kept calibration is not used before the next pedestal: it %s", mismatch)


def open_calibration(
    detector: Detector, gains: GainMaps, state_dir: Path, given: Path | None
) -> CalibrationKeeper:
    """Load what was given on the command line, else what was measured last, else pedestal 0.

    An EIGER has no pedestals: its calibration is one of no modules.

    Raises ConfigurationError when the given file can't be used. A kept one that can't be used
    is left where it is, with a warning: the next pedestal replaces it.
    """
    path = calibration_path(state_dir, detector)
    if detector.type == "EIGER":
        _refuse_given(given, detector)
        return CalibrationKeeper(detector.serial_number, path, gains, Pedestals.zero(0))
    pedestals = _kept(path, detector, gains) if given is None else _load(given, detector, gains)
    return CalibrationKeeper(detector.serial_number, path, gains, pedestals, given)


def _refuse_given(given: Path | None, detector: Detector) -> None:
    if given is not None:
        raise ConfigurationError(
            f"calibration file {given} can't be used: {detector.description} is an EIGER, which"
            " has no pedestals; start without --calibration"
        )


def _load(path: Path, detector: Detector, gains: GainMaps) -> Pedestals:
    return load_pedestals(
        path,
        detector.module_count,
        serial_number=detector.serial_number,
        gain_file_names=gains.file_names,
    )


def _kept(path: Path, detector: Detector, gains: GainMaps) -> Pedestals:
    try:
        if path.exists():
            return _load(path, detector, gains)
    except OSError as error:
        raise ConfigurationError(
            f"{path}: expected a readable file, got: {error.strerror}"
        ) from error
    except ConfigurationError as error:
        _log.warning("kept calibration is not used: %s", error)
    return Pedestals.zero(detector.module_count)
