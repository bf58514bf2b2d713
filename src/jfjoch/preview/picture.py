"""An image together with what is drawn on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.geometry.diffraction import ring_radius_m
from jfjoch.messages.start import StartMessage
from jfjoch.model.preview import PreviewSettings
from jfjoch.model.roi import NO_ROI, RoiDefinitions
from jfjoch.preview import palette
from jfjoch.preview.outlines import Canvas, draw_box, draw_circle, draw_cross
from jfjoch.preview.shading import shade

SPOT_RADII_PXL = (6, 7)
"""A spot is circled by two circles, so that they can be seen when the picture is made smaller."""
_RING_WIDTH_PXL = (-1, 0, 1)


@dataclass(frozen=True, slots=True)
class MarkedSpot:
    """A spot found in the image; a whole number is the centre of a pixel."""

    x_pxl: float
    y_pxl: float
    indexed: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """An image of a run, and what is known about it."""

    start: StartMessage
    pixels: NDArray[np.integer]
    """[height, width] of the image's type."""
    spots: Sequence[MarkedSpot] = ()
    roi: RoiDefinitions = NO_ROI


def draw(picture: Picture, settings: PreviewSettings) -> Canvas:
    """Return palette indices [height, width]; later marks hide earlier ones.

    Beam centre and ring need a geometry: images of stacked raw modules have none.
    """
    form = picture.start.image
    canvas = shade(picture.pixels, form, settings.saturation, settings.show_user_mask)
    if form.assembled:
        _draw_beam(canvas, picture.start)
        _draw_ring(canvas, picture.start, settings.ring_angstrom)
    if settings.show_roi:
        _draw_roi(canvas, picture.roi)
    if settings.show_spots:
        _draw_spots(canvas, picture.spots)
    return canvas


def _draw_beam(canvas: Canvas, start: StartMessage) -> None:
    beam = start.geometry
    draw_cross(canvas, beam.beam_center_x_pxl, beam.beam_center_y_pxl, palette.BEAM)


def _draw_ring(canvas: Canvas, start: StartMessage, resolution_angstrom: float | None) -> None:
    if resolution_angstrom is None:
        return
    beam = start.geometry
    radius_m = ring_radius_m(
        resolution_angstrom, beam.incident_wavelength_angstrom, beam.detector_distance_m
    )
    if radius_m is None:
        return
    radius = radius_m / start.detector.pixel_size_m
    for more in _RING_WIDTH_PXL:
        draw_circle(
            canvas, beam.beam_center_x_pxl, beam.beam_center_y_pxl, radius + more, palette.RING
        )


def _draw_roi(canvas: Canvas, roi: RoiDefinitions) -> None:
    for box in roi.box.rois:
        columns, rows = (box.min_x_pxl, box.max_x_pxl), (box.min_y_pxl, box.max_y_pxl)
        draw_box(canvas, columns, rows, palette.ROI)
    for circle in roi.circle.rois:
        x, y = circle.center_x_pxl, circle.center_y_pxl
        draw_circle(canvas, x, y, circle.radius_pxl, palette.ROI)


def _draw_spots(canvas: Canvas, spots: Sequence[MarkedSpot]) -> None:
    for spot in spots:
        colour = palette.INDEXED_SPOT if spot.indexed else palette.SPOT
        for radius in SPOT_RADII_PXL:
            draw_circle(canvas, spot.x_pxl, spot.y_pxl, radius, colour)
