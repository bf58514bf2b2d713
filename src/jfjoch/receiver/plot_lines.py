"""Which lines each plot has, and which figures of the images they show."""

from dataclasses import dataclass

from jfjoch.model.plot import BinnedPlot
from jfjoch.receiver.binned_series import Reduction
from jfjoch.receiver.image_figures import PLAIN_FIGURES, RoiFigures


@dataclass(frozen=True, slots=True)
class LineContent:
    """One line: the figure's place in a row of figures, and what becomes of a bin of images."""

    title: str
    column: int
    """In ``PLAIN_FIGURES``, or in the figures of one region."""
    reduction: Reduction = "mean"


@dataclass(frozen=True, slots=True)
class PlotContent:
    """One plot."""

    title: str
    lines: tuple[LineContent, ...]


def _line(title: str, figure: str, reduction: Reduction = "mean") -> LineContent:
    return LineContent(title, PLAIN_FIGURES.index(figure), reduction)


def _single(title: str, figure: str) -> PlotContent:
    return PlotContent(title, (_line(title, figure),))


PLAIN_PLOTS: dict[BinnedPlot, PlotContent] = {
    "bkg_estimate": _single("Background estimate", "bkg_estimate"),
    "spot_count": _single("Spots", "spot_count"),
    "indexing_rate": PlotContent(
        "Indexing rate", (_line("Indexing rate", "indexed"), _line("Images searched", "searched"))
    ),
    "indexing_unit_cell": PlotContent(
        "Unit cell lengths [Angstrom]",
        (_line("a", "cell_a"), _line("b", "cell_b"), _line("c", "cell_c")),
    ),
    "indexing_unit_cell_angle": PlotContent(
        "Unit cell angles [degree]",
        (_line("alpha", "cell_alpha"), _line("beta", "cell_beta"), _line("gamma", "cell_gamma")),
    ),
    "error_pixel": PlotContent(
        "Error and saturated pixels",
        (
            _line("Error pixels (mean)", "error_pixels"),
            _line("Saturated pixels (mean)", "saturated_pixels"),
            _line("Saturated pixels (maximum)", "saturated_pixels", "maximum"),
        ),
    ),
    "strong_pixel": _single("Strong pixels", "strong_pixels"),
    "receiver_delay": _single("Receiver delay [frames]", "receiver_delay"),
    "receiver_free_send_buffers": _single("Free send buffers", "free_send_buffers"),
    "image_collection_efficiency": _single("Image collection efficiency", "collection_efficiency"),
}


def _of_rois(title: str, figure: str, reduction: Reduction = "mean") -> PlotContent:
    """Return a plot with a line per region; their names stand in place of a line's title."""
    return PlotContent(title, (LineContent("", RoiFigures._fields.index(figure), reduction),))


ROI_PLOTS: dict[BinnedPlot, PlotContent] = {
    "roi_sum": _of_rois("ROI sum", "sum"),
    "roi_max_count": _of_rois("ROI maximum count", "max_count", "maximum"),
    "roi_valid_pixels": _of_rois("ROI valid pixels", "valid_pixels"),
}
