"""What the plots of a run show: kept while it goes on, read at any time."""

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.start import StartMessage
from jfjoch.model.plot import BinnedPlot, Plot, Plots
from jfjoch.receiver.average_profile import AverageProfile
from jfjoch.receiver.binned_series import BinnedSeries
from jfjoch.receiver.image_figures import PLAIN_FIGURES, ImageFigures, RoiFigures, image_figures
from jfjoch.receiver.plot_lines import PLAIN_PLOTS, ROI_PLOTS, PlotContent

MAX_POINTS = 1000
"""Most points of a line when no binning is asked for."""
_BATCH = 512
"""So many images are put into the series together, which makes it cheap."""
_TITLES = {name: plot.title for name, plot in (PLAIN_PLOTS | ROI_PLOTS).items()}
_NO_FIGURES = RoiFigures(None, None, None)


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    title: str
    column: int
    """Which figure of an image: the plain ones come first, then those of every region."""
    series: BinnedSeries


class RunPlots:
    """Observer of one run. Workers add, anyone reads; a worker never waits for a reader.

    Adding appends to a deque, which is atomic. A full batch is put into the series by the worker
    that finds nobody else at it, otherwise by the next one. Memory: at most 1 MiB for each line
    that has values at all, however long the run is (see BinnedSeries).
    """

    def __init__(self, roi_names: Sequence[str] = (), q_recipA: ArrayLike = ()) -> None:  # noqa: N803
        """``roi_names``: the run's regions; ``q_recipA``: [bins], bins of q, 1/Angstrom."""
        self._waiting: deque[ImageFigures] = deque()
        self._lock = threading.Lock()
        self._roi_count = len(roi_names)
        self._lines = _plain_lines() | _roi_lines(roi_names)
        self._profile = AverageProfile(q_recipA)
        self._image_count = 0

    def run_started(self, start: StartMessage) -> None:
        """Made for one run: there is nothing to clear."""

    def image_finished(self, image: ImageMessage) -> None:
        """Add an image."""
        self.add(image_figures(image))

    def image_lost(self, image_number: int, efficiency: float) -> None:
        """Add an image that was not made, of which that part of the packets came."""
        self.add(ImageFigures(image_number, collection_efficiency=efficiency))

    def run_ended(self, end: EndMessage) -> None:
        """The plots stay."""

    def add(self, figures: ImageFigures) -> None:
        """Add the figures of an image; images may come in any order.

        Raises ValueError when there are figures of another number of regions than the run has.
        """
        if figures.rois and len(figures.rois) != self._roi_count:
            raise ValueError(f"expected {self._roi_count} regions, got {len(figures.rois)}")
        self._waiting.append(figures)
        if len(self._waiting) >= _BATCH and self._lock.acquire(blocking=False):
            try:
                self._take_in()
            finally:
                self._lock.release()

    def binned(self, name: BinnedPlot, binning: int = 0) -> Plots:
        """Return a plot over image numbers, ``binning`` images per point (B154-B167).

        0: the lowest power of two that gives at most ``MAX_POINTS`` points so far.
        """
        with self._lock:
            self._take_in()
            found = [(line.title, line.series.snapshot()) for line in self._lines[name]]
            count = self._image_count
        width = binning or default_binning(count)
        return _plots(_TITLES[name], [(title, *line.points(width, count)) for title, line in found])

    def azim_int(self) -> Plots:
        """Return the profile averaged over the images, x = q in 1/Angstrom (B168)."""
        with self._lock:
            self._take_in()
            points = self._profile.points()
        return _plots("Azimuthal integration", [("Mean of all images", *points)])

    def mean_profile(self) -> NDArray[np.float32] | None:
        """Return the same for all bins, [bins], NaN for one without a value; None without any."""
        with self._lock:
            self._take_in()
            means = self._profile.means()
        return means.astype(np.float32) if np.isfinite(means).any() else None

    def _take_in(self) -> None:
        """Put what is waiting into the series; the lock is held."""
        batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if not batch:
            return
        numbers = np.array([figures.image_number for figures in batch], np.int64)
        table = _table(batch, self._roi_count)
        for lines in self._lines.values():
            for line in lines:
                line.series.add(numbers, table[:, line.column])
        self._profile.add([one.profile for one in batch if one.profile is not None])
        self._image_count = max(self._image_count, int(numbers.max()) + 1)


def default_binning(image_count: int) -> int:
    """Return the images per point when none are asked for."""
    least = max(1, -(-image_count // MAX_POINTS))
    return 1 << (least - 1).bit_length()


def _plain_lines() -> dict[BinnedPlot, list[_Line]]:
    return {
        name: [_Line(line.title, line.column, BinnedSeries(line.reduction)) for line in plot.lines]
        for name, plot in PLAIN_PLOTS.items()
    }


def _roi_lines(roi_names: Sequence[str]) -> dict[BinnedPlot, list[_Line]]:
    return {name: list(_lines_of_rois(plot, roi_names)) for name, plot in ROI_PLOTS.items()}


def _lines_of_rois(plot: PlotContent, roi_names: Sequence[str]) -> Iterable[_Line]:
    (line,) = plot.lines
    for number, roi in enumerate(roi_names):
        column = len(PLAIN_FIGURES) + number * len(RoiFigures._fields) + line.column
        yield _Line(roi, column, BinnedSeries(line.reduction))


def _table(batch: Sequence[ImageFigures], roi_count: int) -> NDArray[np.float64]:
    """[images, figures]; what is None becomes NaN."""
    plain = np.array([figures[1:-2] for figures in batch], np.float64)
    if roi_count == 0:
        return plain
    missing = (_NO_FIGURES,) * roi_count
    rois = np.array([figures.rois or missing for figures in batch], np.float64)
    return np.hstack([plain, rois.reshape(len(batch), -1)])


def _plots(title: str, lines: Sequence[tuple[str, list[float], list[float]]]) -> Plots:
    return Plots(title=title, plot=[Plot(title=name, x=x, y=y) for name, x, y in lines])
