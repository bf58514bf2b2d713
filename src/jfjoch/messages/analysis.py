"""What the analysis of one image has found; every part of it may have been left out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.messages.start import UnitCell

Lattice = tuple[float, float, float, float, float, float, float, float, float]
"""The vectors a, b, c one after another, Angstrom, x = columns, y = rows, z = along the beam."""


@dataclass(frozen=True, slots=True, eq=False)
class SpotList:
    """Spots of one image, all arrays of the same length. Whole numbers are centres of pixels."""

    x_pxl: NDArray[np.float32]
    y_pxl: NDArray[np.float32]
    intensity: NDArray[np.float32]
    """Sum of the counts of the pixels of the spot."""
    max_count: NDArray[np.int64]
    indexed: NDArray[np.bool_]
    """Whether the lattice of the image explains the spot."""

    def __len__(self) -> int:
        return len(self.x_pxl)

    @classmethod
    def empty(cls) -> "SpotList":
        """Return the list of no spots."""
        coordinate, counts = np.empty(0, np.float32), np.empty(0, np.int64)
        return cls(coordinate, coordinate, coordinate, counts, np.empty(0, np.bool_))


@dataclass(frozen=True, slots=True)
class RoiResult:
    """One region of interest in one image; pixels without a number are left out."""

    name: str
    sum: int
    sum_square: int
    max_count: int | None
    """None without a valid pixel."""
    valid_pixels: int


@dataclass(frozen=True, slots=True)
class IndexingResult:
    """What came of the search for a lattice."""

    indexed: bool
    lattice: Lattice | None = None
    """None where none was found."""
    unit_cell: UnitCell | None = None
    """The refined cell of that lattice."""


@dataclass(frozen=True, slots=True, eq=False)
class ImageAnalysis:
    """Everything found in one image; None where nobody has looked."""

    profile: NDArray[np.float32] | None = None
    """[bins], mean corrected intensity; NaN for a bin without a valid pixel."""
    bkg_estimate: float | None = None
    """Mean corrected intensity at resolutions of 3 to 5 Angstrom; None also without a pixel."""
    rois: tuple[RoiResult, ...] = ()
    """Boxes first, each kind in the order of the settings."""
    spots: SpotList | None = None
    spot_count: int | None = None
    """Of all spots, also of those that did not get into the list."""
    strong_pixel_count: int | None = None
    indexing: IndexingResult | None = None
    search_skipped: bool = False
    """There was no time to look for a lattice; so the image may be a good one."""


NO_ANALYSIS = ImageAnalysis()
