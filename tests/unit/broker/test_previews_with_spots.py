"""Pictures of images whose analysis has found something."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from jfjoch.broker.previews import Previews
from jfjoch.messages.analysis import ImageAnalysis, IndexingResult, SpotList
from jfjoch.messages.image import ImageMessage
from jfjoch.model.preview import PreviewSettings
from jfjoch.model.roi import NO_ROI
from jfjoch.preview.picture import SPOT_RADII_PXL
from jfjoch.receiver.last_image import LastImage, was_indexed
from tests.helpers.given_analysis import analysed_start
from tests.helpers.writer_messages import compressed, image_message

START = analysed_start()
SPOT_X, SPOT_Y = 40, 24
PATIENCE_S = 60.0


class NoPedestals:
    def image(self, stage: int, storage_cell: int) -> NDArray[np.float32] | None:
        return None


class Watched:
    """Previews that are shown images."""

    def __init__(self, previews: Previews, observers: tuple[LastImage, LastImage]) -> None:
        self.previews = previews
        self._observers = observers

    def show(self, *images: ImageMessage) -> None:
        for observer in self._observers:
            observer.run_started(START)
            for image in images:
                observer.image_finished(image)

    def picture(self, **settings: bool) -> NDArray[np.uint8] | None:
        """Pixels of the JPEG, [height, width, 3]."""
        encoded = self.previews.jpeg(PreviewSettings(saturation=10, **settings))
        if encoded is None:
            return None
        with Image.open(BytesIO(encoded.result(PATIENCE_S))) as picture:
            return np.asarray(picture.convert("RGB"))


@pytest.fixture
def watched() -> Iterator[Watched]:
    last, indexed = LastImage(), LastImage(takes=was_indexed)
    with closing(Previews(last, NoPedestals(), lambda: NO_ROI, indexed)) as previews:
        yield Watched(previews, (last, indexed))


def image(number: int, indexed: bool, count: int) -> ImageMessage:
    """All pixels of one count, and one spot."""
    one = np.ones(1, np.float32)
    spots = SpotList(
        SPOT_X * one, SPOT_Y * one, one, np.ones(1, np.int64), np.array([indexed], np.bool_)
    )
    form = START.image
    return replace(
        image_message(number, START),
        image=compressed(np.full((form.height, form.width), count, np.int16)),
        analysis=ImageAnalysis(spots=spots, indexing=IndexingResult(indexed)),
    )


def is_coloured(picture: NDArray[np.uint8], x: int, y: int) -> bool:
    """Counts are grey."""
    return int(np.ptp(picture[y, x].astype(np.int64))) > 40


def test_spots_are_circled(watched: Watched) -> None:
    """B177: around their place, and only if asked for."""
    watched.show(image(0, indexed=False, count=2))
    with_spots, without = watched.picture(), watched.picture(show_spots=False)
    assert with_spots is not None
    assert without is not None
    radius = SPOT_RADII_PXL[0]
    for x, y in ((SPOT_X - radius, SPOT_Y), (SPOT_X + radius, SPOT_Y), (SPOT_X, SPOT_Y - radius)):
        assert is_coloured(with_spots, x, y)
        assert not is_coloured(without, x, y)
    assert not is_coloured(with_spots, SPOT_X, SPOT_Y), "the spot itself stays to be seen"


def test_the_last_indexed_image(watched: Watched) -> None:
    """B177: nothing before the first, then that one, while others go by."""
    watched.show(image(0, indexed=False, count=0))
    assert watched.picture(show_indexed=True) is None
    watched.show(image(1, indexed=True, count=0), image(2, indexed=False, count=10))
    indexed, last = (
        watched.picture(show_spots=False, show_indexed=wanted) for wanted in (True, False)
    )
    assert indexed is not None
    assert last is not None
    assert indexed[40, 5].min() > 200, "no counts are white"
    assert last[40, 5].max() < 60, "many are black"
