"""Plots of a run (GET /plot/...)."""

from typing import Literal

from jfjoch.model.base import WireModel

BinnedPlot = Literal[
    "bkg_estimate",
    "spot_count",
    "indexing_rate",
    "indexing_unit_cell",
    "indexing_unit_cell_angle",
    "error_pixel",
    "strong_pixel",
    "roi_sum",
    "roi_max_count",
    "roi_valid_pixels",
    "receiver_delay",
    "receiver_free_send_buffers",
    "image_collection_efficiency",
]
"""The plots over image numbers."""


class Plot(WireModel):
    """One line of a plot; ``x`` and ``y`` are of equal length and hold finite numbers (B169)."""

    title: str
    x: list[float]
    y: list[float]


class Plots(WireModel):
    """The lines that are shown together."""

    title: str | None = None
    plot: list[Plot]
