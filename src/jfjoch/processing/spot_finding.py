"""Spots of an image."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from jfjoch.geometry.module_shape import PIXEL_SIZE_M
from jfjoch.geometry.modules import ModuleLayout
from jfjoch.kernels.counts import Image
from jfjoch.kernels.spot_finding import (
    SpotModules,
    SpotScratch,
    find_spots,
    new_spot_scratch,
    words_per_row,
)
from jfjoch.kernels.spot_measurement import Beam, SpotLimits
from jfjoch.kernels.spot_pixels import GROUP_PIXELS, LEAST_COLUMNS, SpotImage, Thresholds
from jfjoch.messages.analysis import SpotList
from jfjoch.messages.start import BeamGeometry
from jfjoch.model.plan import PixelPlan
from jfjoch.model.spot_finding import MOST_SPOTS_PER_IMAGE, SpotFindingSettings


@dataclass(frozen=True, slots=True, eq=False)
class FoundSpots:
    """What spot finding says about one image."""

    spots: SpotList
    """The most intense ones, in falling order."""
    spot_count: int
    """Of all spots, also of those not in the list."""
    strong_pixel_count: int


NO_SPOTS = FoundSpots(SpotList.empty(), 0, 0)


class SpotFinding:
    """One worker's spot finding: it owns its memory and is used for one image after another.

    Not thread-safe; ``modules`` is only read and may be shared.
    """

    def __init__(
        self,
        layout: ModuleLayout,
        modules: SpotModules,
        plan: PixelPlan,
        geometry: BeamGeometry,
        most_spots: int = MOST_SPOTS_PER_IMAGE,
    ) -> None:
        """Reserve all memory. ``modules`` are those of the layout, see ``spot_modules``."""
        self._layout = layout
        self._modules = modules
        self._plan = plan
        self._beam = _beam(geometry)
        self._scratch = new_spot_scratch(modules, _farthest(self._beam), most_spots)

    def apply(self, image: Image, settings: SpotFindingSettings) -> FoundSpots:
        """Find the spots of a flat image of the plan's type; settings may change every time.

        Raises ValueError for another size or type.
        """
        if image.shape != (self._layout.height * self._layout.width,):
            raise ValueError(f"expected a flat image {self._layout.shape}, got {image.shape}")
        if image.dtype != self._plan.dtype or not image.flags.c_contiguous:
            raise ValueError(f"expected contiguous {self._plan.dtype}, got {image.dtype}")
        if not settings.enable:
            return NO_SPOTS
        thresholds, limits, ring_spots = _decided(settings)
        strong, spots, kept = find_spots(
            self._in_memory(image),
            self._modules,
            thresholds,
            limits,
            ring_spots,
            self._beam,
            self._scratch,
        )
        return FoundSpots(_spot_list(self._scratch, kept), spots, strong)

    def _in_memory(self, image: Image) -> SpotImage:
        plan, size = self._plan, image.itemsize
        flip = 0 if np.iinfo(plan.dtype).min < 0 else 1 << (8 * size - 1)
        ends = plan.error_value - flip, plan.saturated_value - flip
        return SpotImage(image.ctypes.data, size, self._layout.width, flip, *ends)


def spot_modules(layout: ModuleLayout, mask: NDArray[np.uint32]) -> SpotModules:
    """Describe the modules to the kernels; a pixel is valid if its mask, [height, width], is 0.

    Once per run: workers may share the result. Raises ValueError for a mask of another shape.
    """
    if mask.shape != layout.shape:
        raise ValueError(f"expected a mask {layout.shape} as the image, got {mask.shape}")
    return modules_of(layout.module_boxes(), mask)


def modules_of(boxes: Iterable[tuple[slice, slice]], mask: NDArray[np.uint32]) -> SpotModules:
    """The same for modules in these rows and columns.

    Raises ValueError for one of fewer than 64 columns, which the kernels can't read.
    """
    places, valid, words = [], [], 0
    for rows, columns in sorted(boxes, key=lambda box: (box[0].start, box[1].start)):
        good = mask[rows, columns] == 0
        if good.shape[1] < LEAST_COLUMNS:
            raise ValueError(f"expected {LEAST_COLUMNS} columns or more, got {good.shape[1]}")
        places.append((rows.start * mask.shape[1] + columns.start, *good.shape, words))
        valid.append(_packed(good))
        words += valid[-1].size
    return SpotModules(np.array(places, np.int64), np.concatenate(valid))


def _packed(good: NDArray[np.bool_]) -> NDArray[np.uint64]:
    rows, columns = good.shape
    bits = np.zeros((rows, words_per_row(columns) * GROUP_PIXELS), np.bool_)
    bits[:, :columns] = good
    return np.packbits(bits, axis=1, bitorder="little").view("<u8").reshape(-1)


def _beam(geometry: BeamGeometry) -> Beam:
    return Beam(
        float(geometry.beam_center_x_pxl),
        float(geometry.beam_center_y_pxl),
        geometry.detector_distance_m / PIXEL_SIZE_M,
        float(geometry.incident_wavelength_angstrom),
    )


def _farthest(beam: Beam) -> float:
    """Return 1 / d of beams scattered by 90 degrees: a flat detector sees less."""
    return 2**0.5 / beam.wavelength_angstrom


def _decided(settings: SpotFindingSettings) -> tuple[Thresholds, SpotLimits, int]:
    """Bring settings to the form of the kernels."""
    snr = float(settings.signal_to_noise_threshold)
    largest = np.iinfo(np.int32).max
    limits = SpotLimits(
        min(settings.min_pix_per_spot, largest),
        min(settings.max_pix_per_spot, largest),
        _inverse(settings.low_resolution_limit),
        _inverse(settings.high_resolution_limit),
    )
    ring_spots = settings.min_spot_count_powder_ring if settings.filter_powder_rings else 0
    least = min(settings.photon_count_threshold, 2**32)
    return Thresholds(least, snr * snr), limits, min(ring_spots, largest)


def _inverse(angstrom: float) -> float:
    return 1 / angstrom if angstrom > 0 else inf


def _spot_list(scratch: SpotScratch, size: int) -> SpotList:
    table, kept = scratch.table, scratch.choice.kept[:size]
    return SpotList(
        table.x_pxl[kept],
        table.y_pxl[kept],
        table.intensity[kept].astype(np.float32),
        table.max_count[kept],
        np.zeros(size, np.bool_),
    )
