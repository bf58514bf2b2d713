"""Which images are kept, and how they are numbered."""

import random
from dataclasses import replace

import pytest

from jfjoch.messages.analysis import ImageAnalysis, IndexingResult
from jfjoch.messages.image import ImageMessage
from jfjoch.receiver.data_reduction import DataReduction, ImageNumbers
from jfjoch.receiver.image_figures import image_figures
from jfjoch.receiver.image_queue import ImageQueue
from jfjoch.receiver.image_release import ImageRelease
from jfjoch.receiver.run_statistics import RunStatistics
from tests.helpers.writer_messages import image_message, start_message

INDEXED = ImageAnalysis(indexing=IndexingResult(indexed=True))
NOT_INDEXED = ImageAnalysis(indexing=IndexingResult(indexed=False))
ANY_IMAGE = image_message(0, start_message())


def taken(number: int, analysis: ImageAnalysis = NOT_INDEXED) -> ImageMessage:
    return replace(ANY_IMAGE, image_id=number, original_image_id=number, analysis=analysis)


@pytest.mark.parametrize("fraction", [0.0, 0.25, 0.9])
def test_a_fraction_of_the_images_is_kept(fraction: float) -> None:
    reduction = DataReduction(fraction, seed=7)
    kept = sum(reduction.keeps(taken(n)) for n in range(4000))
    # Four standard deviations of a binomial distribution.
    assert abs(kept - 4000 * fraction) <= 4 * (4000 * fraction * (1 - fraction)) ** 0.5


def test_indexed_images_are_always_kept() -> None:
    reduction = DataReduction(0.0, seed=1)
    assert all(reduction.keeps(taken(n, INDEXED)) for n in range(100))


def test_the_same_images_are_kept_again_and_others_in_another_run() -> None:
    def kept(seed: int) -> list[bool]:
        reduction = DataReduction(0.5, seed)
        return [reduction.keeps(taken(n)) for n in range(200)]

    assert kept(3) == kept(3)
    assert kept(3) != kept(4)


def test_with_factor_1_nothing_is_decided() -> None:
    assert DataReduction(1.0, 1).keeps_all
    assert not DataReduction(0.999, 1).keeps_all


@pytest.mark.parametrize("seed", range(20))
def test_numbers_are_dense_and_in_the_order_taken(seed: int) -> None:
    """Whichever worker finishes first; a lost image leaves a gap, a rejected one does not."""
    rng = random.Random(seed)
    fates = [rng.choice(["kept", "kept", "rejected", "lost"]) for _ in range(200)]
    order = list(range(200))
    for place in range(0, 200, 10):  # workers are a few images apart
        part = order[place : place + 10]
        rng.shuffle(part)
        order[place : place + 10] = part
    numbers = ImageNumbers()
    released = []
    for original in order:
        if fates[original] == "kept":
            released += numbers.kept(taken(original))
        elif fates[original] == "rejected":
            released += numbers.rejected(original)
        else:
            released += numbers.lost(original)
    numbered = [n for n, fate in enumerate(fates) if fate != "rejected"]
    expected = [(i, n) for i, n in enumerate(numbered) if fates[n] == "kept"]
    assert [(m.image_id, m.original_image_id) for m in released] == expected


def test_an_image_waits_for_those_before_it() -> None:
    numbers = ImageNumbers()
    assert numbers.kept(taken(1)) == []
    assert [m.image_id for m in numbers.rejected(0)] == [0]


def test_an_image_that_was_not_searched_is_kept() -> None:
    """It may be a good one: that there was no time is no reason to throw it away."""
    queue, statistics = ImageQueue(8), RunStatistics(3)
    release = ImageRelease(statistics, (), (), DataReduction(0.0, seed=1), queue)
    assert release.finished(taken(0, ImageAnalysis(search_skipped=True)))
    assert release.finished(taken(1))
    assert release.finished(taken(2, INDEXED))
    sent = [queue.get(0), queue.get(0), queue.get(0)]
    assert [m and (m.image_id, m.original_image_id) for m in sent] == [(0, 0), (1, 2), None]
    counts = statistics.snapshot()
    assert (counts.images_collected, counts.images_not_searched) == (3, 1)
    assert (counts.images_discarded, counts.images_not_sent) == (1, 2)


def test_images_skipped_are_plotted() -> None:
    """B157: as a share of those that were to be searched."""
    assert image_figures(taken(0, ImageAnalysis(search_skipped=True))).searched is False
    assert image_figures(taken(1)).searched is True
    assert image_figures(taken(2, ImageAnalysis())).searched is None
