"""Results of an analysis as the processing would hand them over, made up from a number."""

from dataclasses import replace
from typing import Any

import numpy as np

from jfjoch.messages.analysis import (
    ImageAnalysis,
    IndexingResult,
    Lattice,
    RoiResult,
    SpotList,
)
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.start import AnalysisPlan, StartMessage, UnitCell
from jfjoch.model.roi import RoiDefinitions
from tests.helpers.writer_messages import image_message, start_message

MAX_SPOTS = 250
BIN_TO_Q = np.array([0.15, 0.25, 0.35], np.float32)
ROIS = RoiDefinitions.model_validate(
    {
        "box": {
            "rois": [
                {"name": "beam", "min_x_pxl": 0, "max_x_pxl": 3, "min_y_pxl": 0, "max_y_pxl": 3}
            ]
        },
        "circle": {
            "rois": [
                {"name": "ü/1", "center_x_pxl": 5, "center_y_pxl": 5, "radius_pxl": 2},
                {"name": "ü-1", "center_x_pxl": 9, "center_y_pxl": 9, "radius_pxl": 2},
            ]
        },
    }
)


def analysed_start(**changes: Any) -> StartMessage:
    """Start of a run whose images are analysed."""
    plan = AnalysisPlan(MAX_SPOTS, BIN_TO_Q, ROIS)
    return start_message(**({"analysis": plan} | changes))


def spot_list(count: int, seed: int = 0) -> SpotList:
    """Spots like those of a strong image, on a detector of 1000 x 1000 pixels."""
    rng = np.random.default_rng(seed)
    x, y, intensity = (rng.random(count, np.float32) * 1000 for _ in range(3))
    max_count = rng.integers(-5, 2**31, count)
    return SpotList(x, y, intensity, max_count, rng.random(count) < 0.5)


def cell(number: int) -> UnitCell:
    """A cell that differs a little from image to image."""
    return UnitCell(79.0 + number / 10, 79.0, 38.0, 90.0, 90.0, 90.0 + number / 100)


def lattice(number: int) -> Lattice:
    """Nine numbers from ``number`` on."""
    a, b, c, d, e, f, g, h, i = (float(number + k) for k in range(9))
    return a, b, c, d, e, f, g, h, i


def analysis(number: int, spots: int = 4) -> ImageAnalysis:
    """Everything that can be found in an image; those with an even number are indexed."""
    indexed = number % 2 == 0
    return ImageAnalysis(
        profile=np.array([number + 0.5, np.nan, 7.0], np.float32),
        bkg_estimate=2.0 + number,
        rois=(
            RoiResult("beam", 100 + number, 2**40 + number, 50 + number, 16),
            RoiResult("ü/1", -number, number, -1, 12),
            RoiResult("ü-1", 0, 0, None, 0),
        ),
        spots=spot_list(spots, number),
        spot_count=spots + 1,
        strong_pixel_count=10 * number,
        indexing=IndexingResult(
            indexed,
            lattice(number) if indexed else None,
            cell(number) if indexed else None,
        ),
    )


def analysed_image(
    number: int, start: StartMessage, spots: int = 4, **changes: Any
) -> ImageMessage:
    """Image of a run with ``analysis(number, spots)``."""
    given = {"analysis": analysis(number, spots)} | changes
    return replace(image_message(number, start), **given)
