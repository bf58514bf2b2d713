"""/entry/MX: spots and lattices, in the layout of the Coherent X-ray Imaging data bank (CXI).

CrystFEL reads it with ``peak_list = /entry/MX`` (or ``/opt/MX``, a link to it) and
``peak_list_type = cxi``: https://www.desy.de/~twhite/crystfel/manual-crystfel_geometry.html
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from jfjoch.messages.analysis import SpotList
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.start import StartMessage
from jfjoch.nxmx.image_record import ImageRecord

MX = "/entry/MX"
MX_LINK = "/opt/MX"
"""The path that users were told to type."""
NOT_COUNTED = -1


def mx_records(start: StartMessage) -> list[ImageRecord]:
    """Return the fields; without spots in a run there are none.

    Rows of spots have room for the most spots an image can have, ``nPeaks`` says how many there
    are; coordinates are those of the image, whole numbers are centres of pixels.
    """
    width = start.analysis.max_spot_count
    if not width:
        return []
    return [*_spot_lists(width), *_counts(width), *_lattices(), _background()]


def _spot_lists(width: int) -> list[ImageRecord]:
    def spots(
        name: str, dtype: str, column: Callable[[SpotList], Any], units: str | None = None
    ) -> ImageRecord:
        value = partial(_column, column, width)
        return ImageRecord(f"{MX}/{name}", dtype, 0, value, (width,), units)

    return [
        spots("peakXPosRaw", "float32", lambda found: found.x_pxl, "pixel"),
        spots("peakYPosRaw", "float32", lambda found: found.y_pxl, "pixel"),
        spots("peakTotalIntensity", "float32", lambda found: found.intensity),
        spots("peakIndexed", "uint8", lambda found: found.indexed),
    ]


def _counts(width: int) -> list[ImageRecord]:
    return [
        ImageRecord(f"{MX}/nPeaks", "int32", 0, partial(_listed, width)),
        ImageRecord(
            f"{MX}/spotCount",
            "int64",
            NOT_COUNTED,
            lambda image: image.analysis.spot_count,
            description="all spots found, also those not listed; -1 = not looked for",
        ),
        ImageRecord(
            f"{MX}/strongPixels",
            "int64",
            NOT_COUNTED,
            lambda image: image.analysis.strong_pixel_count,
            description="-1 = not looked for",
        ),
    ]


def _lattices() -> list[ImageRecord]:
    return [
        ImageRecord(f"{MX}/imageIndexed", "uint8", 0, _indexed),
        ImageRecord(
            f"{MX}/latticeIndexed",
            "float32",
            np.nan,
            _lattice,
            (9,),
            "angstrom",
            "a, b, c: x along columns, y along rows, z along the beam",
        ),
    ]


def _background() -> ImageRecord:
    return ImageRecord(
        f"{MX}/bkgEstimate",
        "float32",
        np.nan,
        lambda image: image.analysis.bkg_estimate,
        description="mean intensity at 3 to 5 Angstrom",
    )


def _column(column: Callable[[SpotList], Any], width: int, image: ImageMessage) -> Any:
    spots = image.analysis.spots
    return None if spots is None else column(spots)[:width]


def _listed(width: int, image: ImageMessage) -> int | None:
    spots = image.analysis.spots
    return None if spots is None else min(len(spots), width)


def _indexed(image: ImageMessage) -> bool | None:
    indexing = image.analysis.indexing
    return None if indexing is None else indexing.indexed


def _lattice(image: ImageMessage) -> Any:
    """That of an image that is not indexed is none to rely on."""
    indexing = image.analysis.indexing
    return indexing.lattice if indexing is not None and indexing.indexed else None
