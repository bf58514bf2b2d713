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
    """One acquisition with light; frames count from 0."""

    report: dict[str, Any]
    raw_images: NDArray[Any]
    """[images, modules, 512, 1024], what the frames show, as it is sent."""
    photon_images: NDArray[np.uint16]
    """The same shape, what hit the pixels."""
    image_of_frame: NDArray[np.int32]
    """[frames]."""
    missing: NDArray[np.bool_]
    """[frames, modules, packets], no good packet was sent; packets count port by port."""
    is_eiger: bool

    @property
    def packets_missing(self) -> NDArray[np.int64]:
        """[frames], of all modules."""
        return np.asarray(self.missing.sum(axis=(1, 2)), np.int64)

    @property
    def packets_per_frame(self) -> int:
        """Of all modules."""
        return int(np.prod(self.missing.shape[1:]))

    @property
    def lost_frames(self) -> list[int]:
        """Those of which no good packet was sent."""
        return np.flatnonzero(self.missing.all(axis=(1, 2))).tolist()

    def raw(self, frame: int) -> NDArray[Any]:
        """[modules, 512, 1024] as if nothing were missing."""
        return np.asarray(self.raw_images[self.image_of_frame[frame]])

    def photons(self, frame: int) -> NDArray[np.int64]:
        """[modules, 512, 1024]."""
        return np.asarray(self.photon_images[self.image_of_frame[frame]], np.int64)

    def missing_pixels(self, frame: int) -> NDArray[np.bool_]:
        """[modules, 512, 1024], True where no good packet brings a pixel."""
        missing = self.missing[frame]
        if self.is_eiger:
            return _missing_of_quarters(missing)
        # A packet is four rows, and the ports follow each other from the top.
        return np.repeat(np.repeat(missing, 4, axis=1)[..., np.newaxis], 1024, axis=2)


def _missing_of_quarters(missing: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Top left, top right, bottom left, bottom right; the bottom from row 511 up."""
    by_port = missing.reshape(len(missing), 4, -1)
    rows_of_packet = _QUARTER_ROWS // by_port.shape[2]
    pixels = np.zeros((len(missing), 512, 1024), np.bool_)
    for module, port, packet in np.argwhere(by_port):
        for row in range(packet * rows_of_packet, (packet + 1) * rows_of_packet):
            line = row if port < 2 else 511 - row
            first = _QUARTER_COLUMNS * (port % 2)
            pixels[module, line, first : first + _QUARTER_COLUMNS] = True
    return pixels


class SimulatorRecord:
    """Report and truth file of a running simulator."""

    def __init__(self, report: Path, truth: Path) -> None:
        self._report = report
        self._truth = truth

    def acquisitions(self) -> list[dict[str, Any]]:
        """Return all that have ended, in order."""
        content = json.loads(self._report.read_text())
        acquisitions: list[dict[str, Any]] = content["acquisitions"]
        return acquisitions

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        """Wait until so many acquisitions have ended, and return them."""
        wait_until(lambda: len(self.acquisitions()) >= count, f"{count} acquisitions in the report")
        return self.acquisitions()

    def sent_after(self, count: int) -> SentAcquisition:
        """Wait for the end of one with light after the first so many, and return the first such.

        The record of a pedestal may be written later than the broker has its last frame.
        """

        def with_light() -> list[int]:
            return [a["number"] for a in self.acquisitions()[count:] if not a["dark"]]

        wait_until(lambda: bool(with_light()), "an acquisition with light in the report")
        return self.sent(with_light()[0])

    def sent(self, number: int) -> SentAcquisition:
        """Wait for the end of an acquisition with light, and return what it has sent."""
        report = self.wait_for(number + 1)[number]
        assert not report["dark"], report
        with h5py.File(self._truth) as file:
            group = file[f"acquisition_{number:06d}"]
            return SentAcquisition(
                report,
                group["raw"][:],
                group["photons"][:],
                group["image_of_frame"][:],
                group["missing"][:],
                "threshold_energy_keV" in group.attrs,
            )
