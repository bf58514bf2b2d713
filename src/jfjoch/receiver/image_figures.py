"""The numbers of one image that are shown in plots."""

from typing import Any, NamedTuple

from numpy.typing import NDArray

from jfjoch.messages.analysis import IndexingResult
from jfjoch.messages.image import ImageMessage


class RoiFigures(NamedTuple):
    """One region of interest in one image."""

    sum: float | None
    max_count: float | None
    """None when no pixel is valid."""
    valid_pixels: int | None


class ImageFigures(NamedTuple):
    """What is None, NaN or infinite was not found for this image, and leaves no trace in plots.

    A tuple, as one is made of every image and rows of them become an array.
    """

    image_number: int
    """In the run, from 0, images rejected by data reduction counted: ``original_image_id``."""
    error_pixels: float | None = None
    saturated_pixels: float | None = None
    receiver_delay: float | None = None
    free_send_buffers: float | None = None
    collection_efficiency: float | None = None
    bkg_estimate: float | None = None
    spot_count: float | None = None
    strong_pixels: float | None = None
    indexed: bool | None = None
    """None when the image was not tried."""
    searched: bool | None = None
    """Whether it was tried, or skipped for lack of time; None when nobody wanted it."""
    cell_a: float | None = None
    """Lengths in Angstrom, angles in degrees."""
    cell_b: float | None = None
    cell_c: float | None = None
    cell_alpha: float | None = None
    cell_beta: float | None = None
    cell_gamma: float | None = None
    rois: tuple[RoiFigures, ...] = ()
    """In the order of the run's regions; empty when they were not looked at."""
    profile: NDArray[Any] | None = None
    """[bins of q]: azimuthal average, NaN for an empty bin."""


PLAIN_FIGURES = ImageFigures._fields[1:-2]
"""Those that are one number per image."""


_NO_CELL = (None,) * 6


def image_figures(image: ImageMessage) -> ImageFigures:
    """Return the figures of a finished image."""
    statistics, found = image.statistics, image.analysis
    indexing = found.indexing
    a, b, c, alpha, beta, gamma = _cell(indexing)
    return ImageFigures(
        image_number=image.original_image_id,
        error_pixels=statistics.error_pixels,
        saturated_pixels=statistics.saturated_pixels,
        receiver_delay=image.receiver_delay,
        free_send_buffers=image.free_send_buffers,
        collection_efficiency=image.efficiency,
        bkg_estimate=found.bkg_estimate,
        spot_count=found.spot_count,
        strong_pixels=found.strong_pixel_count,
        indexed=None if indexing is None else indexing.indexed,
        searched=None if indexing is None and not found.search_skipped else indexing is not None,
        cell_a=a,
        cell_b=b,
        cell_c=c,
        cell_alpha=alpha,
        cell_beta=beta,
        cell_gamma=gamma,
        rois=tuple(RoiFigures(roi.sum, roi.max_count, roi.valid_pixels) for roi in found.rois),
        profile=found.profile,
    )


def _cell(indexing: IndexingResult | None) -> tuple[float | None, ...]:
    """Lengths and angles of an image that was indexed."""
    if indexing is None or not indexing.indexed or indexing.unit_cell is None:
        return _NO_CELL
    cell = indexing.unit_cell
    return cell.a, cell.b, cell.c, cell.alpha, cell.beta, cell.gamma
