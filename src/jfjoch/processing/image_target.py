"""The image that frames are placed into."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.geometry.modules import ModuleLayout
from jfjoch.kernels.aligned import aligned_empty
from jfjoch.kernels.assembly import OutputRange
from jfjoch.kernels.counts import SATURATED, Image
from jfjoch.model.plan import PixelPlan


@dataclass(frozen=True, slots=True, eq=False)
class ImageTarget:
    """One worker's image memory and how frames get into it."""

    pixels: Image
    """Flat, of the type that is sent. Gaps hold the error value from the start, for good."""
    placements: NDArray[np.int64]
    extended: bool
    output: OutputRange

    @property
    def bits(self) -> Image:
        """The same memory as a signed type, as the kernels that place frames take it."""
        return self.pixels.view(f"i{self.pixels.itemsize}")

    @classmethod
    def create(cls, plan: PixelPlan, layout: ModuleLayout) -> "ImageTarget":
        """Reserve the memory."""
        pixels = aligned_empty(layout.height * layout.width, plan.dtype)
        pixels[:] = plan.error_value
        return cls(pixels, layout.placements, layout.assembled, output_range(plan))


def output_range(plan: PixelPlan) -> OutputRange:
    """Tell the kernels how counts fit into the plan's pixel type.

    Raw data are kept as they came up to the largest value; in counts, ``saturation_value`` is
    one less and no valid pixel reaches it. Below 0 an unsigned type has 0, below its lowest
    number a signed one has the error value.
    """
    signed = np.iinfo(plan.dtype).min < 0
    raw = plan.energy_per_count_keV is None
    limit = plan.saturated_value if raw else plan.saturation_value
    return OutputRange(
        saturation_limit=np.int32(min(limit, int(SATURATED))),
        saturated=_bits(plan.saturated_value),
        below=_bits(plan.error_value) if signed else np.int32(0),
        error=_bits(plan.error_value),
    )


def _bits(value: int) -> np.int32:
    """Return the value whose low bits are those of ``value``: -1 for the largest uint32."""
    return np.int64(value).astype(np.int32)
