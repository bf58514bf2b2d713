"""/entry/instrument/detector/module: where each pixel is."""

import h5py
import numpy as np

from jfjoch.messages.start import StartMessage, Vector
from jfjoch.nxmx.fields import add_field, add_group

# McStas frame: z along the beam, y up, x to the left seen along the beam. Columns of the image
# run right, rows run down.
_FAST: Vector = (-1.0, 0.0, 0.0)
_SLOW: Vector = (0.0, -1.0, 0.0)
_ALONG_BEAM: Vector = (0.0, 0.0, 1.0)
_NO_OFFSET: Vector = (0.0, 0.0, 0.0)


def write_module(detector: h5py.Group, start: StartMessage) -> None:
    """NXdetector_module: the whole image as one module, as NXmx describes it.

    Source: NXmx application definition and NXdetector_module, NeXus International Advisory
    Committee.
    """
    module = add_group(detector, "module", "NXdetector_module")
    add_field(module, "data_origin", np.array([0, 0], np.int64))
    add_field(module, "data_size", np.array([start.image.height, start.image.width], np.int64))

    translation = f"{detector.name}/transformations/translation"
    _add_translation(module, "module_offset", 0.0, _ALONG_BEAM, _corner_m(start), translation)
    pixel_size_m = start.detector.pixel_size_m
    offset = f"{module.name}/module_offset"
    _add_translation(module, "fast_pixel_direction", pixel_size_m, _FAST, _NO_OFFSET, offset)
    _add_translation(module, "slow_pixel_direction", pixel_size_m, _SLOW, _NO_OFFSET, offset)


def _corner_m(start: StartMessage) -> Vector:
    """From the beam to the outer corner of the first pixel, metres.

    Readers start at the corner of a pixel, while a whole number in our beam centre means the
    centre of a pixel: hence the half pixel.
    """
    pixel_size_m = start.detector.pixel_size_m
    x_m = (start.geometry.beam_center_x_pxl + 0.5) * pixel_size_m
    y_m = (start.geometry.beam_center_y_pxl + 0.5) * pixel_size_m
    return (x_m, y_m, 0.0)


def _add_translation(
    module: h5py.Group, name: str, length_m: float, vector: Vector, offset_m: Vector, base: str
) -> None:
    add_field(
        module,
        name,
        length_m,
        "m",
        transformation_type="translation",
        vector=np.array(vector),
        offset=np.array(offset_m),
        offset_units="m",
        depends_on=base,
    )
