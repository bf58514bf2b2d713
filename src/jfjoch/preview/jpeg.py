"""Pictures as JPEG."""

from io import BytesIO

from PIL import Image

from jfjoch.model.preview import PreviewSettings
from jfjoch.preview.outlines import Canvas
from jfjoch.preview.palette import palette_rgb
from jfjoch.preview.picture import Picture, draw
from jfjoch.preview.shading import automatic_saturation

_PALETTE = palette_rgb()
_FULL_COLOUR = 0
"""Of the "subsampling" of JPEG: a single coloured pixel keeps its colour."""


def picture_jpeg(picture: Picture, settings: PreviewSettings | None) -> bytes:
    """Return the picture as a JPEG of its full size, first row at the top.

    Without settings all are as by default, and the contrast is chosen by the image.
    """
    if settings is None:
        saturation = automatic_saturation(picture.pixels, picture.start.image)
        settings = PreviewSettings(saturation=saturation)
    return encode_jpeg(draw(picture, settings), settings.jpeg_quality)


def encode_jpeg(canvas: Canvas, quality: int) -> bytes:
    """Return a JPEG of palette indices [height, width]; ``quality`` 0 to 100."""
    height, width = canvas.shape
    indexed = Image.frombytes("P", (width, height), canvas.tobytes())
    indexed.putpalette(_PALETTE)
    file = BytesIO()
    indexed.convert("RGB").save(file, "JPEG", quality=quality, subsampling=_FULL_COLOUR)
    return file.getvalue()
