"""The calibration in use, and its copy on disk."""

import logging
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from jfjoch.calibration.gains import GainMaps
from jfjoch.calibration.pedestals import Pedestals
from jfjoch.calibration.store import load_pedestals, save_pedestals
from jfjoch.errors import ConfigurationError
from jfjoch.model.detector import Detector
from jfjoch.receiver.receiver import Calibration

_log = logging.getLogger(__name__)


def calibration_path(state_dir: Path, detector: Detector) -> Path:
    """Where a detector's calibration lives; its serial number is made safe as a file name."""
    return state_dir / "calibration" / f"{quote(detector.serial_number, safe=' ')}.h5"


@dataclass(slots=True)
class CalibrationKeeper:
    """Pedestals and gains of the selected detector; changed by one operation at a time."""

    serial_number: str
    path: Path
    gains: GainMaps
    pedestals: Pedestals

    @property
    def present(self) -> Calibration:
        """What a run that starts now is given."""
        return Calibration(self.pedestals, self.gains)

    def replace_pedestals(self, pedestals: Pedestals) -> None:
        """Use newly measured pedestals from now on, and keep them over a restart."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        save_pedestals(self.path, pedestals, self.serial_number, self.gains.file_names)
        self.pedestals = pedestals


def open_calibration(
    detector: Detector, gains: GainMaps, state_dir: Path, given: Path | None
) -> CalibrationKeeper:
    """Load what was given on the command line, else what was measured last, else pedestal 0.

    Raises ConfigurationError when the given file can't be used. A kept one that can't be used
    is left where it is, with a warning: the next pedestal replaces it.
    """
    path = calibration_path(state_dir, detector)
    pedestals = _kept(path, detector, gains) if given is None else _load(given, detector, gains)
    return CalibrationKeeper(detector.serial_number, path, gains, pedestals)


def _load(path: Path, detector: Detector, gains: GainMaps) -> Pedestals:
    return load_pedestals(
        path,
        detector.module_count,
        storage_cell_count=1,
        serial_number=detector.serial_number,
        gain_file_names=gains.file_names,
    )


def _kept(path: Path, detector: Detector, gains: GainMaps) -> Pedestals:
    if path.exists():
        try:
            return _load(path, detector, gains)
        except ConfigurationError as error:
            _log.warning("kept calibration is not used: %s", error)
    return Pedestals.zero(detector.module_count)
