"""How a preview is drawn (the body of POST /preview/image.jpeg)."""

from typing import Annotated

from pydantic import Field

from jfjoch.model.base import Float, Int64, Settings

NO_RING_ANGSTROM = 0.1
"""The default of ``resolution_ring``, which clients send too where nothing was asked for."""


class PreviewSettings(Settings):
    """What to draw, and how dark (B177)."""

    saturation: Annotated[Int64, Field(ge=0, le=65535)]
    show_spots: bool = True
    show_roi: bool = False
    jpeg_quality: Annotated[Int64, Field(ge=0, le=100)] = 100
    show_indexed: bool = False
    show_user_mask: bool = False
    resolution_ring: Annotated[Float, Field(ge=0.1, le=100.0)] = NO_RING_ANGSTROM

    @property
    def ring_angstrom(self) -> float | None:
        """Resolution of the ring to be drawn; None: no ring."""
        return None if self.resolution_ring <= NO_RING_ANGSTROM else self.resolution_ring
