"""Lossy square root of the counts ("Poisson compression", B063)."""

from jfjoch.kernels.quantisation import quantise_pixels
from jfjoch.processing.image_target import ImageTarget


class Quantisation:
    """An image step; analysis comes before it and never sees its result."""

    def __init__(self, target: ImageTarget, factor: int) -> None:
        self._target = target
        self._factor = factor

    def apply(self) -> None:
        """Replace v by round(sqrt(v) * factor)."""
        quantise_pixels(self._target.pixels, self._factor, self._target.output)
