"""An image in the form that programs for the calibration of the geometry take."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.messages.start import ImageFormat

BAD = 65535
HIGHEST = BAD - 1


def calibration_image(pixels: NDArray[np.integer], form: ImageFormat) -> NDArray[np.uint16]:
    """Return the image mirrored vertically (last row first), [height, width] (B179).

    Pixels without a usable count are ``BAD``: error, saturated, or masked for whatever reason,
    gaps and user mask included. Counts below 0 become 0, those above 65534 become 65534.
    """
    highest = min(HIGHEST, int(np.iinfo(pixels.dtype).max))
    image = np.clip(pixels, 0, highest).astype(np.uint16)
    image[(pixels == form.error_value) | (pixels >= form.saturation_value)] = BAD
    image[form.pixel_mask != 0] = BAD
    return np.ascontiguousarray(image[::-1])
