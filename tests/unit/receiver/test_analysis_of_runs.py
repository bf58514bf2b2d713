"""From the analysis of images to plots, sums and the kept image of a run."""

from dataclasses import replace

import numpy as np
import pytest

from jfjoch.messages.analysis import ImageAnalysis, IndexingResult
from jfjoch.messages.start import UnitCell
from jfjoch.model.plot import BinnedPlot
from jfjoch.receiver.analysis_sums import AnalysisSums
from jfjoch.receiver.last_image import LastImage, was_indexed
from jfjoch.receiver.run_plots import RunPlots
from jfjoch.receiver.run_statistics import RunStatistics
from tests.helpers.given_analysis import BIN_TO_Q, analysed_image, analysed_start, cell
from tests.helpers.writer_messages import image_message

START = analysed_start()


@pytest.fixture
def plots() -> RunPlots:
    """Of images 0, 1 and 3, and of image 2, which nobody has looked at."""
    plots = RunPlots(START.analysis.rois.names, BIN_TO_Q)
    for number in (0, 1, 3):
        plots.image_finished(analysed_image(number, START))
    plots.image_finished(image_message(2, START))
    return plots


def lines(plots: RunPlots, name: BinnedPlot) -> dict[str, dict[float, float]]:
    shown = plots.binned(name, 1).plot
    return {line.title: dict(zip(line.x, line.y, strict=True)) for line in shown}


def test_plots_of_images(plots: RunPlots) -> None:
    """B155-B159, B161: an image without an analysis leaves no trace."""
    assert lines(plots, "bkg_estimate") == {"Background estimate": {0: 2, 1: 3, 3: 5}}
    assert lines(plots, "spot_count") == {"Spots": {0: 5, 1: 5, 3: 5}}
    assert lines(plots, "strong_pixel") == {"Strong pixels": {0: 0, 1: 10, 3: 30}}
    assert lines(plots, "indexing_rate") == {
        "Indexing rate": {0: 1, 1: 0, 3: 0},
        "Images searched": {0: 1, 1: 1, 3: 1},
    }
    assert lines(plots, "indexing_unit_cell") == {"a": {0: 79}, "b": {0: 79}, "c": {0: 38}}
    assert lines(plots, "indexing_unit_cell_angle") == {
        "alpha": {0: 90},
        "beta": {0: 90},
        "gamma": {0: 90},
    }


def test_plots_of_regions(plots: RunPlots) -> None:
    """B162-B164."""
    assert lines(plots, "roi_sum") == {
        "beam": {0: 100, 1: 101, 3: 103},
        "ü/1": {0: 0, 1: -1, 3: -3},
        "ü-1": {0: 0, 1: 0, 3: 0},
    }
    assert lines(plots, "roi_max_count")["beam"] == {0: 50, 1: 51, 3: 53}
    assert lines(plots, "roi_max_count")["ü-1"] == {}
    assert lines(plots, "roi_valid_pixels")["ü/1"] == {0: 12, 1: 12, 3: 12}


def test_the_mean_profile(plots: RunPlots) -> None:
    """B168, B169: without empty bins in the plot, with NaN for them in the end message."""
    (line,) = plots.azim_int().plot
    assert line.x == pytest.approx(BIN_TO_Q[[0, 2]])
    assert line.y == pytest.approx([(0.5 + 1.5 + 3.5) / 3, 7])
    mean = plots.mean_profile()
    assert mean is not None
    assert mean.dtype == np.float32
    np.testing.assert_allclose(mean, [5.5 / 3, np.nan, 7], rtol=1e-6)


def test_no_profile_is_no_mean() -> None:
    plots = RunPlots(q_recipA=BIN_TO_Q)
    plots.image_finished(image_message(0, START))
    assert plots.mean_profile() is None


def test_sums_of_a_run() -> None:
    """B171: the cell is the mean over the indexed images."""
    statistics = RunStatistics(10)
    for number in (0, 1, 2, 3, 4):
        statistics.image_collected(analysed_image(number, START))
    statistics.image_collected(image_message(5, START))
    sums = statistics.snapshot().analysis
    assert sums.indexing_rate == pytest.approx(3 / 5)
    assert sums.bkg_estimate == pytest.approx(np.mean([2, 3, 4, 5, 6]))
    mean = sums.mean_cell
    assert mean is not None
    assert (mean.a, mean.gamma) == pytest.approx((79.2, 90.02))
    assert (mean.b, mean.c, mean.alpha, mean.beta) == pytest.approx((79, 38, 90, 90))


def test_what_was_not_found_is_not_summed() -> None:
    sums = AnalysisSums().with_image(ImageAnalysis(bkg_estimate=float("nan")))
    assert (sums.indexing_rate, sums.bkg_estimate, sums.mean_cell) == (None, None, None)
    tried = sums.with_image(ImageAnalysis(indexing=IndexingResult(False, unit_cell=cell(1))))
    assert (tried.indexing_rate, tried.mean_cell) == (0.0, None)
    without_cell = tried.with_image(ImageAnalysis(indexing=IndexingResult(True)))
    assert (without_cell.indexing_rate, without_cell.mean_cell) == (0.5, None)
    flat = UnitCell(1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
    with_cell = without_cell.with_image(ImageAnalysis(indexing=IndexingResult(True, None, flat)))
    assert with_cell.mean_cell == flat


def test_images_left_out_by_data_reduction_are_not_missing() -> None:
    """B172: they are collected, and nobody waits for them."""
    statistics = RunStatistics(2)
    for number in range(2):
        statistics.image_collected(analysed_image(number, START))
    statistics.image_discarded()
    statistics.image_sent(0)
    counts = statistics.snapshot()
    assert (counts.images_collected, counts.images_discarded) == (2, 1)
    assert counts.images_not_sent == 0


def test_the_last_indexed_image_is_kept() -> None:
    """B177: images that were not indexed, or not looked at, pass by."""
    last = LastImage(takes=was_indexed)
    last.run_started(START)
    for image in (image_message(0, START), analysed_image(2, START), analysed_image(3, START)):
        last.image_finished(image)
    kept = last.shown()
    assert kept is not None
    assert kept.image.image_id == 2


def test_an_analysis_is_published_without_pixels() -> None:
    """B140: what a bundle of metadata holds."""
    image = analysed_image(2, START)
    assert image.without_pixels().analysis is image.analysis
    assert replace(image, image_id=7).analysis is image.analysis
