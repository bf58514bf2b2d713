"""Where the pixels of raw modules are in the image as it is sent."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from jfjoch.errors import InvalidInput
from jfjoch.geometry.module_shape import EXTENDED_SHAPE, RAW_SHAPE, pixels_per_raw_line
from jfjoch.geometry.placement import custom, stacked, standard
from jfjoch.kernels.counts import CHIP_PIXELS
from jfjoch.model.detector import Detector

_Value = TypeVar("_Value", bound=np.generic)


@dataclass(frozen=True, slots=True, eq=False)
class ModuleLayout:
    """An image of modules: assembled, with multipixels and gaps, or raw modules stacked."""

    height: int
    width: int
    assembled: bool
    placements: NDArray[np.int64]
    """[modules, 3], in pixels of the flat image: the place of the module's pixel (0, 0), the way
    to the pixel in the next row of the module, and the way to the one in the next column."""
    multipixels: bool = True
    """Whether pixels at the inner edges of chips fill the place between chips once assembled;
    where they do not, as in an EIGER, that place is a gap."""

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the image."""
        return self.height, self.width

    @property
    def module_count(self) -> int:
        """Number of modules."""
        return len(self.placements)

    @property
    def raw_shape(self) -> tuple[int, int, int]:
        """Shape of a raw frame."""
        return self.module_count, *RAW_SHAPE

    def module_boxes(self) -> list[tuple[slice, slice]]:
        """Return the rows and the columns of the image that each module lies in."""
        last_row, last_column = (int(self._module_lines(axis)[-1]) for axis in (0, 1))
        boxes = []
        for first, slow, fast in self.placements.tolist():
            ends = first, first + slow * last_row + fast * last_column
            (top, bottom), (left, right) = (sorted(line) for line in np.divmod(ends, self.width))
            boxes.append((slice(int(top), int(bottom) + 1), slice(int(left), int(right) + 1)))
        return boxes

    def to_image(self, raw_map: NDArray[_Value], gap_value: int) -> NDArray[_Value]:
        """Bring a map [modules, 512, 1024] to the image [height, width]; for masks, not counts.

        The parts of a multipixel each get its value. Pixels of no module get ``gap_value``.
        """
        if raw_map.shape != self.raw_shape:
            raise ValueError(f"expected a map of shape {self.raw_shape}, got {raw_map.shape}")
        image = np.full(self.height * self.width, gap_value, raw_map.dtype)
        for module, indices in enumerate(self._image_indices()):
            image[indices] = self._extended(raw_map[module])
        return image.reshape(self.shape)

    def to_raw(self, image: NDArray[np.uint16]) -> NDArray[np.uint16]:
        """Bring an image [height, width] back to a frame [modules, 512, 1024].

        The parts of a multipixel are added; a sum beyond 16 bits becomes 65535.
        Raises InvalidInput for any other shape.
        """
        total = self._combined(image.astype(np.int64), np.add)
        return np.minimum(total, np.iinfo(np.uint16).max).astype(np.uint16)

    def to_raw_mask(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Bring a mask [height, width] back to the pixels [modules, 512, 1024].

        A multipixel is masked if any of its parts is; what is said about gaps is left out.
        Raises InvalidInput for any other shape.
        """
        return self._combined(mask, np.logical_or)

    def _combined(self, image: NDArray[_Value], combine: np.ufunc) -> NDArray[_Value]:
        """Make one value of the parts of each multipixel."""
        if image.shape != self.shape:
            raise InvalidInput(
                f"expected an image of {self.width} x {self.height} pixels (width x height),"
                f" got an array of shape {image.shape}"
            )
        flat = image.reshape(-1)
        modules = [self._reduced(flat[indices], combine) for indices in self._image_indices()]
        return np.stack(modules)

    def _image_indices(self) -> list[NDArray[np.int64]]:
        """Return for every module the places of its image pixels, [514, 1030] or [512, 1024]."""
        row, column = self._module_lines(0)[:, np.newaxis], self._module_lines(1)
        return [first + row * slow + column * fast for first, slow, fast in self.placements]

    def _module_lines(self, axis: int) -> NDArray[np.int64]:
        """Return the rows (axis 0) or columns of its place in the image that a module fills."""
        if self._extends:
            return np.arange(EXTENDED_SHAPE[axis])
        lines = np.arange(RAW_SHAPE[axis])
        return lines + 2 * (lines // CHIP_PIXELS) if self.assembled else lines

    @property
    def _extends(self) -> bool:
        return self.assembled and self.multipixels

    def _extended(self, raw_map: NDArray[_Value]) -> NDArray[_Value]:
        if not self._extends:
            return raw_map
        for axis, size in enumerate(RAW_SHAPE):
            raw_map = np.repeat(raw_map, pixels_per_raw_line(size), axis)
        return raw_map

    def _reduced(self, module: NDArray[_Value], combine: np.ufunc) -> NDArray[_Value]:
        if not self._extends:
            return module
        for axis, size in enumerate(RAW_SHAPE):
            pixels = pixels_per_raw_line(size)
            module = combine.reduceat(module, np.cumsum(pixels) - pixels, axis)
        return module


def module_layout(detector: Detector, assembled: bool) -> ModuleLayout:
    """Return the layout of the images of a detector; not assembled: raw modules stacked.

    Raises ConfigurationError for a geometry that is none.
    """
    if not assembled:
        arrangement = stacked(detector.module_count)
    elif detector.standard_geometry is not None:
        arrangement = standard(detector.standard_geometry, detector.mirror_y)
    else:
        arrangement = custom(detector.custom_geometry or (), detector.mirror_y)
    return ModuleLayout(
        arrangement.height,
        arrangement.width,
        assembled,
        arrangement.placements,
        multipixels=detector.type == "JUNGFRAU",
    )
