"""The plots of a run, from given figures of images."""

import threading
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from jfjoch.messages.image import PixelStatistics
from jfjoch.model.plot import BinnedPlot, Plots
from jfjoch.receiver.image_figures import ImageFigures, RoiFigures
from jfjoch.receiver.run_plots import MAX_POINTS, RunPlots, default_binning
from tests.helpers.writer_messages import image_message, start_message

BINNED: tuple[BinnedPlot, ...] = get_args(BinnedPlot)


def lines(plots: Plots) -> dict[str, list[tuple[float, float]]]:
    return {line.title: list(zip(line.x, line.y, strict=True)) for line in plots.plot}


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("bkg_estimate", ["Background estimate"]),
        ("spot_count", ["Spots"]),
        ("indexing_rate", ["Indexing rate", "Images searched"]),
        ("indexing_unit_cell", ["a", "b", "c"]),
        ("indexing_unit_cell_angle", ["alpha", "beta", "gamma"]),
        (
            "error_pixel",
            ["Error pixels (mean)", "Saturated pixels (mean)", "Saturated pixels (maximum)"],
        ),
        ("strong_pixel", ["Strong pixels"]),
        ("roi_sum", ["beam", "ring"]),
        ("roi_max_count", ["beam", "ring"]),
        ("roi_valid_pixels", ["beam", "ring"]),
        ("receiver_delay", ["Receiver delay [frames]"]),
        ("receiver_free_send_buffers", ["Free send buffers"]),
        ("image_collection_efficiency", ["Image collection efficiency"]),
    ],
)
def test_lines_are_there_before_the_first_image(name: BinnedPlot, titles: list[str]) -> None:
    """B155-B167: with a title, and without points."""
    plots = RunPlots(["beam", "ring"]).binned(name)
    assert plots.title
    assert lines(plots) == {title: [] for title in titles}


def test_without_regions_their_plots_have_no_line() -> None:
    assert RunPlots().binned("roi_sum").plot == []


def test_what_a_message_says() -> None:
    """B160, B165-B167: at the number the image had before data reduction."""
    plots = RunPlots()
    message = replace(
        image_message(3, start_message(), original_image_id=7),
        statistics=PixelStatistics(11, 22, None, None),
        receiver_delay=5,
        free_send_buffers=60,
        packets_expected=8,
        packets_received=6,
    )
    plots.image_finished(message)
    assert lines(plots.binned("error_pixel")) == {
        "Error pixels (mean)": [(7, 11)],
        "Saturated pixels (mean)": [(7, 22)],
        "Saturated pixels (maximum)": [(7, 22)],
    }
    assert lines(plots.binned("receiver_delay")) == {"Receiver delay [frames]": [(7, 5)]}
    assert lines(plots.binned("receiver_free_send_buffers")) == {"Free send buffers": [(7, 60)]}
    efficiency = lines(plots.binned("image_collection_efficiency"))
    assert efficiency == {"Image collection efficiency": [(7, 0.75)]}


def test_a_bin_is_a_mean_or_a_maximum() -> None:
    """B154, B160."""
    plots = RunPlots()
    for number in range(25):
        plots.add(ImageFigures(number, error_pixels=number, saturated_pixels=100 - number))
    assert lines(plots.binned("error_pixel", 10)) == {
        "Error pixels (mean)": [(4.5, 4.5), (14.5, 14.5), (22, 22)],
        "Saturated pixels (mean)": [(4.5, 95.5), (14.5, 85.5), (22, 78)],
        "Saturated pixels (maximum)": [(4.5, 100), (14.5, 90), (22, 80)],
    }


def test_figures_of_the_analysis() -> None:
    """B155-B159, B161, B169: each image that has a value counts, and no other."""
    plots = RunPlots()
    plots.add(ImageFigures(0, bkg_estimate=2.5, spot_count=10, strong_pixels=40, indexed=False))
    plots.add(
        ImageFigures(
            1,
            bkg_estimate=float("nan"),
            spot_count=30,
            strong_pixels=60,
            indexed=True,
            cell_a=78.0,
            cell_b=79.0,
            cell_c=37.0,
            cell_alpha=90.0,
            cell_beta=91.0,
            cell_gamma=92.0,
        )
    )
    plots.add(ImageFigures(2))
    assert lines(plots.binned("bkg_estimate", 3)) == {"Background estimate": [(1, 2.5)]}
    assert lines(plots.binned("spot_count", 3)) == {"Spots": [(1, 20)]}
    assert lines(plots.binned("strong_pixel", 1)) == {"Strong pixels": [(0, 40), (1, 60)]}
    assert lines(plots.binned("indexing_rate", 3)) == {
        "Indexing rate": [(1, 0.5)],
        "Images searched": [],
    }
    assert lines(plots.binned("indexing_unit_cell", 1)) == {
        "a": [(1, 78)],
        "b": [(1, 79)],
        "c": [(1, 37)],
    }
    assert lines(plots.binned("indexing_unit_cell_angle", 1)) == {
        "alpha": [(1, 90)],
        "beta": [(1, 91)],
        "gamma": [(1, 92)],
    }


def test_regions_of_interest() -> None:
    """B162-B164: a line per region; a bin shows the highest maximum."""
    plots = RunPlots(["beam", "ring"])
    plots.add(ImageFigures(0, rois=(RoiFigures(100, 9, 4), RoiFigures(-5, None, 0))))
    plots.add(ImageFigures(1, rois=(RoiFigures(300, 3, 2), RoiFigures(7, 6, 8))))
    plots.add(ImageFigures(2))
    assert lines(plots.binned("roi_sum", 3)) == {"beam": [(1, 200)], "ring": [(1, 1)]}
    assert lines(plots.binned("roi_max_count", 3)) == {"beam": [(1, 9)], "ring": [(1, 6)]}
    assert lines(plots.binned("roi_max_count", 1))["ring"] == [(1, 6)]
    assert lines(plots.binned("roi_valid_pixels", 3)) == {"beam": [(1, 3)], "ring": [(1, 4)]}


def test_figures_of_other_regions_are_refused() -> None:
    plots = RunPlots(["beam"])
    with pytest.raises(ValueError, match="expected 1 regions, got 2"):
        plots.add(ImageFigures(0, rois=(RoiFigures(1, 1, 1),) * 2))
    assert lines(plots.binned("roi_sum")) == {"beam": []}


def test_the_mean_profile() -> None:
    """B168."""
    plots = RunPlots(q_recipA=[1.0, 2.0, 3.0])
    plots.add(ImageFigures(0, profile=np.array([2.0, np.nan, np.nan], np.float32)))
    plots.add(ImageFigures(1, profile=np.array([4.0, 5.0, np.nan], np.float32)))
    plots.add(ImageFigures(2))
    assert lines(plots.azim_int()) == {"Mean of all images": [(1.0, 3.0), (2.0, 5.0)]}
    assert lines(RunPlots().azim_int()) == {"Mean of all images": []}


@pytest.mark.parametrize(
    ("images", "width"),
    [(0, 1), (1, 1), (1000, 1), (1001, 2), (2000, 2), (2001, 4), (10**8, 2**17)],
)
def test_default_binning(images: int, width: int) -> None:
    """B154: at most 1000 points, whatever the length of the run."""
    assert default_binning(images) == width
    assert -(-images // width) <= MAX_POINTS


def test_default_binning_follows_the_run() -> None:
    plots = RunPlots()
    for number in range(2500):
        plots.add(ImageFigures(number, spot_count=number))
    (line,) = plots.binned("spot_count").plot
    assert line.x == line.y == [4 * i + 1.5 for i in range(625)]


@pytest.mark.parametrize("name", BINNED)
def test_many_threads_lose_nothing(name: BinnedPlot) -> None:
    """Workers add while others read; afterwards every image is there, once."""
    plots = RunPlots(["only"])
    figures = dict.fromkeys(ImageFigures._fields[1:-2], 1.0)

    def work(numbers: range) -> None:
        for number in numbers:
            plots.add(ImageFigures(number, **figures, rois=(RoiFigures(1, 1, 1),)))  # type: ignore[arg-type]  # fields by name

    workers = [threading.Thread(target=work, args=(range(k, 4000, 4),)) for k in range(4)]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        plots.binned(name)
    for line in plots.binned(name, 1).plot:
        assert line.x == list(range(4000))
        assert set(line.y) == {1.0}
