"""Which pixel is in which bin of q: made once per run, for all workers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.geometry.modules import ModuleLayout
from jfjoch.geometry.scattering import ScatteringMap
from jfjoch.kernels.aligned import aligned_empty
from jfjoch.kernels.azimuthal import AzimuthalTable, azimuthal_table
from jfjoch.messages.start import BeamGeometry
from jfjoch.model.azim_int import AzimIntSettings

BACKGROUND_ANGSTROM = (3.0, 5.0)
"""Resolutions at which the background of protein crystals is looked at."""
_ROWS_AT_A_TIME = 64
"""Whole maps of an image in float64 would take much memory."""


@dataclass(frozen=True, slots=True, eq=False)
class AzimuthalBins:
    """Bins and corrections of the pixels. Memory: 6 bytes per pixel."""

    table: AzimuthalTable
    shape: tuple[int, int]
    """Of the image."""
    pixel_count: NDArray[np.int64]
    """[bins] pixels that can count."""
    correction_sum: NDArray[np.float64]
    """[bins] sum of their corrections."""
    background: NDArray[np.bool_]
    """[bins] whether the centre of the bin is at one of ``BACKGROUND_ANGSTROM``."""

    @property
    def bin_count(self) -> int:
        """Number of bins."""
        return len(self.pixel_count)

    @classmethod
    def build(
        cls,
        layout: ModuleLayout,
        mask: NDArray[np.uint32],
        beam: BeamGeometry,
        settings: AzimIntSettings,
    ) -> "AzimuthalBins":
        """Decide for every pixel of an assembled image; ``mask`` is [height, width], 0 = good.

        Raises ValueError for stacked modules, whose pixels are not in their place, and for a mask
        of another shape.
        """
        if not layout.assembled:
            raise ValueError("azimuthal integration needs assembled images, not stacked modules")
        if mask.shape != layout.shape:
            raise ValueError(f"expected a mask {layout.shape} as the image, got {mask.shape}")
        size, bin_count = mask.size, settings.bin_count
        numbers, corrections = np.empty(size, np.uint16), aligned_empty(size, np.float32)
        for pixels, part in _parts(layout, beam):
            q = part.q_per_angstrom(beam.incident_wavelength_angstrom)
            numbers[pixels] = _bins(q, settings).ravel()
            corrections[pixels] = _corrections(part, q.shape, settings).ravel()
        numbers[mask.ravel() != 0] = bin_count
        return cls(
            azimuthal_table(numbers, corrections, bin_count),
            layout.shape,
            np.bincount(numbers, minlength=bin_count + 1)[:bin_count],
            _correction_sums(numbers, corrections, bin_count),
            _is_background(settings),
        )


def _parts(layout: ModuleLayout, beam: BeamGeometry) -> Iterator[tuple[slice, ScatteringMap]]:
    """Give the flat image in parts, with the geometry of each."""
    for begin in range(0, layout.height, _ROWS_AT_A_TIME):
        rows = range(begin, min(begin + _ROWS_AT_A_TIME, layout.height))
        pixels = slice(rows.start * layout.width, rows.stop * layout.width)
        yield pixels, ScatteringMap.of_rows(beam, rows, layout.width)


def _bins(q: NDArray[np.float64], settings: AzimIntSettings) -> NDArray[np.float64]:
    low, high, count = settings.low_q_recipA, settings.high_q_recipA, settings.bin_count
    number = np.floor((q - low) / settings.q_spacing)
    # Just below the upper end a quotient may be rounded up to a bin that is not there.
    number = np.minimum(number, count - 1)
    return np.where((q >= low) & (q < high), number, count)


def _corrections(
    part: ScatteringMap, shape: tuple[int, ...], settings: AzimIntSettings
) -> NDArray[np.float64]:
    corrections = np.ones(shape)
    if settings.solid_angle_corr:
        corrections *= part.solid_angle()
    if settings.polarization_factor is not None:
        corrections *= part.polarisation(settings.polarization_factor)
    return corrections


def _correction_sums(
    numbers: NDArray[np.uint16], corrections: NDArray[np.float32], bin_count: int
) -> NDArray[np.float64]:
    sums = np.bincount(numbers, weights=corrections, minlength=bin_count + 1)
    return sums[:bin_count].astype(np.float64)


def _is_background(settings: AzimIntSettings) -> NDArray[np.bool_]:
    lowest, highest = BACKGROUND_ANGSTROM
    q = settings.low_q_recipA + (np.arange(settings.bin_count) + 0.5) * settings.q_spacing
    return np.asarray((q >= 2 * np.pi / highest) & (q <= 2 * np.pi / lowest))
