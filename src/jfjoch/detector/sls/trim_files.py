"""Where slsdet finds the trim bits of an EIGER, without which it can't set a threshold."""

import re
from dataclasses import dataclass
from pathlib import Path

from jfjoch.detector.sls.setting import Setting
from jfjoch.errors import ConfigurationError
from jfjoch.model.detector import Detector

_ENERGY_FOLDER = re.compile(r"(\d+)eV")


@dataclass(frozen=True, slots=True)
class TrimFiles:
    """A folder with ``standard/<energy>eV/noise.sn<module id>``, as slsdet wants them."""

    folder: Path
    energies_eV: tuple[int, ...]  # noqa: N815 (unit)

    @classmethod
    def of(cls, detector: Detector) -> "TrimFiles | None":
        """Return those of ``calibration_file``, or None where that is not given.

        Raises:
            ConfigurationError: it is not one such folder.
        """
        if not detector.calibration_file:
            return None
        folder = Path(detector.calibration_file[0])
        names = sorted(path.name for path in folder.glob("standard/*eV"))
        matches = [_ENERGY_FOLDER.fullmatch(name) for name in names]
        energies = sorted(int(match[1]) for match in matches if match)
        if not energies or len(detector.calibration_file) > 1:
            raise ConfigurationError(
                f"calibration_file of {detector.description}, an EIGER, must be one folder with"
                " trim bits, standard/<energy>eV/noise.sn<module id>;"
                f" got {', '.join(detector.calibration_file)}"
            )
        return cls(folder, tuple(energies))

    def settings(self) -> list[Setting]:
        """Return what tells slsdet of them."""
        return [Setting("settingspath", str(self.folder)), Setting("trimen", self.energies_eV)]
