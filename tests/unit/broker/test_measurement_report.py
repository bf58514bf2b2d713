"""GET /statistics/data_collection: what the analysis comes to."""

from dataclasses import replace

import pytest

from jfjoch.broker.measurement_report import is_whole, measurement_statistics, run_summary
from jfjoch.model.status import MeasurementStatistics
from jfjoch.receiver.run_statistics import RunCounts, RunStatistics
from tests.helpers.collecting_sink import CollectingSink
from tests.helpers.given_analysis import analysed_image, analysed_start
from tests.helpers.one_module_receiver import OneModuleReceiver, dataset_settings
from tests.helpers.writer_messages import image_message

PLAN = OneModuleReceiver(CollectingSink()).measurement().plan
START = analysed_start()


def report(counts: RunCounts) -> MeasurementStatistics:
    return measurement_statistics(PLAN, dataset_settings(), counts, False)


def test_means_over_the_images_so_far() -> None:
    """B171: rate, background, and the mean cell of the indexed images as text."""
    statistics = RunStatistics(4)
    for number in (0, 1, 2):
        statistics.image_collected(analysed_image(number, START))
    shown = report(statistics.snapshot())
    assert shown.indexing_rate == pytest.approx(2 / 3)
    assert shown.bkg_estimate == pytest.approx(3)
    assert shown.unit_cell == "79.10 79.00 38.00 90.00 90.00 90.01"


def test_what_was_not_looked_for_is_left_out() -> None:
    statistics = RunStatistics(1)
    statistics.image_collected(image_message(0, START))
    shown = report(statistics.snapshot())
    assert (shown.indexing_rate, shown.bkg_estimate, shown.unit_cell) == (None, None, None)


def test_images_left_out_by_data_reduction() -> None:
    """B171, B172."""
    statistics = RunStatistics(3)
    for number in range(3):
        statistics.image_collected(image_message(number, START))
    statistics.image_discarded()
    statistics.image_discarded()
    counts = statistics.snapshot()
    assert report(counts).images_discarded_lossy_compression == 2
    assert "2 left out by data reduction" in run_summary(PLAN, counts)


def test_missing_packets_are_told_and_make_the_run_incomplete() -> None:
    """Though all images are there, some of their pixels are not."""
    counts = RunCounts(
        PLAN.images.image_count,
        images_collected=PLAN.images.image_count,
        packets_expected=1280,
        packets_received=1280,
    )
    assert is_whole(PLAN, counts)
    assert "packets" not in run_summary(PLAN, counts)
    lossy = replace(counts, packets_received=1277)
    assert not is_whole(PLAN, lossy)
    assert "3 of 1280 packets missing" in run_summary(PLAN, lossy)
