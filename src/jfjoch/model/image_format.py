"""How frames become images (/config/image_format)."""

from typing import Annotated

from pydantic import Field

from jfjoch.model.base import BitDepth, Float, Int64, Settings


class ImageFormatSettings(Settings):
    """What is done to the pixels between detector and image."""

    summation: bool
    geometry_transform: bool
    jungfrau_conversion: bool
    jungfrau_conversion_factor_keV: Annotated[Float, Field(ge=0.001, le=500.0)] | None = None  # noqa: N815
    bit_depth_image: BitDepth | None = None
    signed_output: bool | None = None
    mask_module_edges: bool
    mask_chip_edges: bool
    jungfrau_mask_pixels_without_g0: bool = True
    apply_mask: bool
    jungfrau_pedestal_g0_rms_limit: Annotated[Int64, Field(ge=0)] = 100

    def as_raw(self) -> "ImageFormatSettings":
        """The same with everything off that changes a pixel (B113)."""
        return self._with_preset(False)

    def as_converted(self) -> "ImageFormatSettings":
        """The same with full conversion on (B114)."""
        return self._with_preset(True)

    def _with_preset(self, on: bool) -> "ImageFormatSettings":
        switches = ("summation", "geometry_transform", "jungfrau_conversion")
        return self.model_copy(update=dict.fromkeys(switches, on))


DEFAULT_IMAGE_FORMAT = ImageFormatSettings(
    summation=True,
    geometry_transform=True,
    jungfrau_conversion=True,
    mask_module_edges=True,
    mask_chip_edges=True,
    apply_mask=False,
)
