"""Which images are kept when not all shall be, and the numbers of those that are.

In serial crystallography most images show no crystal. Those that were indexed are always kept, of
the others a fraction that the user gives.
"""

import threading
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from jfjoch.messages.image import ImageMessage


class DataReduction:
    """Decides about every image by itself: the same again in the same run, whoever asks when."""

    def __init__(self, kept_fraction: float, seed: int) -> None:
        """``kept_fraction``: of the images that were not indexed, 0 to 1."""
        self._kept_fraction = kept_fraction
        self._seed = seed

    @property
    def keeps_all(self) -> bool:
        """Whether there is nothing to decide."""
        return self._kept_fraction >= 1

    def keeps(self, image: ImageMessage) -> bool:
        """Return whether the image is to be sent; one that was not searched may be a good one."""
        found = image.analysis.indexing
        if self.keeps_all or image.analysis.search_skipped or (found and found.indexed):
            return True
        lot = np.random.default_rng((self._seed, image.original_image_id)).random()
        return bool(lot < self._kept_fraction)


class ImageNumbers:
    """Numbers the images that are kept, without a gap, in the order they were taken.

    Workers finish in any order, so an image waits until all before it are decided about. Lost
    images have a number too, which nobody will see: they leave a gap. Thread-safe.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._decided: dict[int, tuple[bool, ImageMessage | None]] = {}
        self._next_original = 0
        self._next_number = 0

    def kept(self, image: ImageMessage) -> list[ImageMessage]:
        """Add an image to be sent; return those that have their number now, in order."""
        return self._decide(image.original_image_id, True, image)

    def rejected(self, original_image_id: int) -> list[ImageMessage]:
        """Leave an image out; return those after it that have their number now."""
        return self._decide(original_image_id, False, None)

    def lost(self, original_image_id: int) -> list[ImageMessage]:
        """Leave a gap; return those after it that have their number now."""
        return self._decide(original_image_id, True, None)

    def _decide(
        self, original_image_id: int, numbered: bool, image: ImageMessage | None
    ) -> list[ImageMessage]:
        with self._lock:
            self._decided[original_image_id] = numbered, image
            return list(self._numbered())

    def _numbered(self) -> Iterable[ImageMessage]:
        while self._next_original in self._decided:
            numbered, image = self._decided.pop(self._next_original)
            self._next_original += 1
            if image is not None:
                yield replace(image, image_id=self._next_number)
            self._next_number += numbered
