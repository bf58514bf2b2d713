"""What jfjoch_simulator says it has sent: its report and its truth, frame by frame."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from tests.helpers.service_process import wait_until

_QUARTER_ROWS, _QUARTER_COLUMNS = 256, 512


@dataclass(frozen=True)
class SentAcquisition:
    """One acquisition; arrays have a row for each frame that was sent."""

    report: dict[str, Any]
    raw: NDArray[Any]
    """[frames, modules, 512, 1024], without what is missing."""
    photons: NDArray[np.int64]
    """The same shape, what hit the pixels."""
    missing: NDArray[np.bool_]
    """[frames, modules, packets], no good packet was sent; packets count port by port."""

    @property
    def packets_missing(self) -> NDArray[np.int64]:
        """[frames], of all modules."""
        return np.count_nonzero(self.missing, axis=(1, 2))

    @property
    def packets_per_frame(self) -> int:
        """Of all modules."""
        return int(np.prod(self.missing.shape[1:]))

    @property
    def pixels_missing(self) -> NDArray[np.bool_]:
        """The shape of ``raw``, True for pixels that no good packet brings."""
        if self.missing.shape[2] == 128 and self.report["bits"] == 16 and not self._is_eiger:
            return np.broadcast_to(
                np.repeat(self.missing, 4, axis=2)[..., np.newaxis], self.raw.shape
            )
        return self._missing_of_quarters()

    @property
    def _is_eiger(self) -> bool:
        return bool(self.report["type"] == "EIGER")

    def _missing_of_quarters(self) -> NDArray[np.bool_]:
        """Top left, top right, bottom left, bottom right; the bottom from row 511 up."""
        frames, modules, packets = self.missing.shape
        by_port = self.missing.reshape(frames, modules, 4, packets // 4)
        by_row = np.repeat(by_port, _QUARTER_ROWS // by_port.shape[3], axis=3)
        lost = np.zeros(self.raw.shape, np.bool_)
        for port in range(4):
            rows = slice(0, 256) if port < 2 else slice(511, 255, -1)
            first = _QUARTER_COLUMNS * (port % 2)
            lost[:, :, rows, first : first + 512] = by_row[:, :, port, :, np.newaxis]
        return lost


class SimulatorRecord:
    """Report and truth file of a running simulator."""

    def __init__(self, report: Path, truth: Path) -> None:
        self._report = report
        self._truth = truth

    def acquisitions(self) -> list[dict[str, Any]]:
        """Return all that have ended, in order."""
        content = json.loads(self._report.read_text())
        return [{"type": content["detector"]["type"], **a} for a in content["acquisitions"]]

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        """Wait until so many acquisitions have ended, and return them."""
        wait_until(lambda: len(self.acquisitions()) >= count, f"{count} acquisitions in the report")
        return self.acquisitions()

    def sent(self, number: int) -> SentAcquisition:
        """Wait for the end of an acquisition with light, and return what it has sent."""
        report = self.wait_for(number + 1)[number]
        assert not report["dark"], report
        with h5py.File(self._truth) as file:
            group = file[f"acquisition_{number:06d}"]
            images = group["image_of_frame"][:]
            return SentAcquisition(
                report,
                group["raw"][:][images],
                group["photons"][:][images].astype(np.int64),
                group["missing"][:],
            )
