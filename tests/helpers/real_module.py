"""A real JUNGFRAU module and the images it must give, in plain float64 NumPy.

The law (shared/data/README.md): photons = (ADC - pedestal[g]) / (gain[g] * energy). Nothing here
knows the package under test.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401  (registers the filters the file is compressed with)
import numpy as np
from numpy.typing import NDArray

ENERGY_KEV = 12.4
ROWS, COLUMNS = np.arange(512)[:, None], np.arange(1024)
_HALF_WAY_TOLERANCE = 1e-4
"""Nearer than this to a half, either neighbour is right."""
_GAIN_BITS = np.array([0, 1, -1, 2])
"""Gain stage of the bits 00, 01, 10 (invalid), 11."""


@dataclass(frozen=True)
class ExpectedImage:
    """What an image may hold: any number from ``lowest`` to ``highest``, where ``compared``."""

    lowest: NDArray[np.int64]
    highest: NDArray[np.int64]
    compared: NDArray[np.bool_]

    def wrong_pixels(self, image: NDArray[np.integer]) -> int:
        """Count the compared pixels outside their limits; the shape must agree."""
        assert image.shape == self.compared.shape
        wrong = (image < self.lowest) | (image > self.highest)
        return int(np.count_nonzero(wrong & self.compared))


@dataclass(frozen=True)
class JungfrauModule:
    """Raw frames of one module, and its calibration."""

    raw: NDArray[np.uint16]
    """[frames, 512, 1024]."""
    pedestal: NDArray[np.float32]
    """[3, 512, 1024], ADU."""
    pedestal_rms_g0: NDArray[np.float32]
    gain: NDArray[np.float64]
    """[3, 512, 1024], ADU/keV."""
    gain_measured: NDArray[np.bool_]

    @classmethod
    def load(cls, path: Path) -> "JungfrauModule":
        """Read the data file."""
        with h5py.File(path) as data:
            assert data.attrs["energy_keV"] == ENERGY_KEV
            return cls(
                raw=data["raw"][:],
                pedestal=np.stack([data[f"pedestal_g{stage}"][:] for stage in range(3)]),
                pedestal_rms_g0=data["pedestal_rms_g0"][:],
                gain=data["gain"][:],
                gain_measured=data["gain_measured"][:].astype(bool),
            )

    def save_gain_file(self, path: Path) -> None:
        """Write the gain file of the detector group: float64, G0 G1 G2, no header."""
        self.gain.astype("<f8").tofile(path)

    def save_calibration(self, path: Path) -> None:
        """Write the pedestals in the layout ``--calibration`` takes."""
        with h5py.File(path, "w") as file:
            for stage in range(3):
                file[f"pedestal_g{stage}"] = self.pedestal[stage][None, None]
            file["pedestal_rms_g0"] = self.pedestal_rms_g0[None, None]

    def with_planted_specials(self) -> "JungfrauModule":
        """Return a copy with every kind of special pixel in places of ordinary G0 pixels.

        Column 20 + k of row 20: raw 0xFFFF, raw 0x4000, gain bits 10, dead pixel, pedestal NaN,
        pedestal above the ADC range, raw 0xC000; the same again at a chip corner (255, 255 + k)
        as far as it goes into a multipixel.
        """
        raw, gain, pedestal = self.raw.copy(), self.gain.copy(), self.pedestal.copy()
        for row, column in ((20, 20), (255, 250), (256, 509)):
            for offset, word in enumerate((0xFFFF, 0x4000, 0x8000 | 1234)):
                raw[:, row, column + offset] = word
            raw[:, row, column + 3] = 2600
            gain[0, row, column + 3] = 0.0
            pedestal[0, row, column + 4] = np.nan
            pedestal[0, row, column + 5] = 16384.0
            raw[:, row, column + 6] = 0xC000
        return replace(self, raw=raw, gain=gain, pedestal=pedestal)

    def stages(self, frame: int) -> NDArray[np.int64]:
        """Return the gain stage of every pixel, -1 where the bits are invalid."""
        return _GAIN_BITS[self.raw[frame] >> 14]

    def measured(self, frame: int) -> NDArray[np.bool_]:
        """Whether the gain in use of every pixel was really determined."""
        return self.gain_measured[self.stages(frame), ROWS, COLUMNS]

    def photons(self, frame: int) -> NDArray[np.float64]:
        """Return the unrounded photons of every pixel; special ones hold nothing of use."""
        stages = self.stages(frame)
        adc = (self.raw[frame] & 0x3FFF).astype(np.float64)
        with np.errstate(divide="ignore"):
            return (adc - self.pedestal[stages, ROWS, COLUMNS]) / (
                self.gain[stages, ROWS, COLUMNS] * ENERGY_KEV
            )

    def errors(self, frame: int) -> NDArray[np.bool_]:
        """Whether a pixel has no value at all. A dead pixel is one even if it reads 0xC000."""
        raw, stages = self.raw[frame], self.stages(frame)
        pedestal = self.pedestal[stages, ROWS, COLUMNS]
        bad_pedestal = np.isnan(pedestal) | (pedestal > 16383)
        bad_word = (raw == 0xFFFF) | (raw == 0x4000) | (stages == -1) | bad_pedestal
        return (self.gain[0] == 0) | (bad_word & (raw != 0xC000))

    def saturated(self, frame: int) -> NDArray[np.bool_]:
        """Whether a pixel counted more than it can."""
        return (self.raw[frame] == 0xC000) & ~self.errors(frame)

    def image(self, frames: Sequence[int], dtype: str) -> ExpectedImage:
        """Return the image of the sum of some frames, assembled as a detector of one module."""
        errors = np.any([self.errors(frame) for frame in frames], axis=0)
        saturated = np.any([self.saturated(frame) for frame in frames], axis=0)
        compared = np.all([self.measured(frame) for frame in frames], axis=0) | errors | saturated
        return ExpectedImage(
            self._values(frames, errors, dtype, -_HALF_WAY_TOLERANCE),
            self._values(frames, errors, dtype, _HALF_WAY_TOLERANCE),
            extended(compared)[::-1],
        )

    def _values(
        self, frames: Sequence[int], errors: NDArray[np.bool_], dtype: str, shift: float
    ) -> NDArray[np.int64]:
        """Return the image if every pixel had ``shift`` photons more.

        A pixel that reaches the saturation value in one frame is saturated in the image, also
        where it is a multipixel and its parts alone would not be.
        """
        limit = np.iinfo(dtype).max - 1
        counts = [round_half_away(self.photons(frame) + shift) for frame in frames]
        full = [self.saturated(f) | (c >= limit) for f, c in zip(frames, counts, strict=True)]
        return _assembled_values(np.sum(counts, axis=0), errors, np.any(full, axis=0), dtype)


def round_half_away(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to the nearest integer, halves away from zero."""
    return np.sign(values) * np.floor(np.abs(values) + 0.5)


def extended(pixels: NDArray) -> NDArray:  # type: ignore[type-arg]  # any pixel type
    """[512, 1024] -> [514, 1030]: pixels at chip boundaries fill two places, at corners four."""
    rows, columns = _places_filled(512), _places_filled(1024)
    return np.repeat(np.repeat(pixels, rows, axis=0), columns, axis=1)


def _places_filled(size: int) -> NDArray[np.int64]:
    places = np.ones(size, np.int64)
    for boundary in range(256, size, 256):
        places[boundary - 1 : boundary + 1] = 2
    return places


def _assembled_values(
    counts: NDArray[np.float64],
    errors: NDArray[np.bool_],
    saturated: NDArray[np.bool_],
    dtype: str,
) -> NDArray[np.int64]:
    limits = np.iinfo(dtype)
    parts = _places_filled(512)[:, None] * _places_filled(1024)
    values = np.trunc(np.nan_to_num(extended(counts)) / extended(parts))
    # An unsigned type has 0 in the place of negative counts, a signed one its lowest value.
    values = np.maximum(values, limits.min)
    values = np.where(values >= limits.max - 1, limits.max, values)
    values = np.where(extended(saturated), limits.max, values)
    values = np.where(extended(errors), limits.min or limits.max, values)
    # mirror_y: row 0 of the module is the bottom row of the image
    return values.astype(np.int64)[::-1]
