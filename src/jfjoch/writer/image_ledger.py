"""Which images came, and which numbers they had before any was left out."""

import numpy as np
from numpy.typing import NDArray


class ImageLedger:
    """Book of the images of one run; grows with the highest number seen."""

    def __init__(self) -> None:
        self._book = np.zeros(1024, np.int64)
        """Original number + 1 of each image; 0 = did not come. Zero pages cost no memory."""
        self._end = 0

    @property
    def end(self) -> int:
        """Highest image number entered + 1; 0 = none."""
        return self._end

    def __contains__(self, image_id: int) -> bool:
        return image_id < self._end and bool(self._book[image_id])

    def enter(self, image_id: int, original_image_id: int) -> None:
        """Note that an image came."""
        if image_id >= len(self._book):
            book = np.zeros(2 * (image_id + 1), np.int64)
            book[: len(self._book)] = self._book
            self._book = book
        self._book[image_id] = original_image_id + 1
        self._end = max(self._end, image_id + 1)

    def original_ids(self, image_count: int) -> NDArray[np.int64]:
        """Original numbers of the first ``image_count`` images, [image_count].

        An image that did not come is taken to follow the one before it without a step.
        """
        book = np.zeros(image_count, np.int64)
        known = min(image_count, self._end)
        book[:known] = self._book[:known]
        numbers = np.arange(image_count, dtype=np.int64)
        shifts = np.where(book > 0, book - 1 - numbers, 0)
        last_known = np.maximum.accumulate(np.where(book > 0, numbers, 0))
        return numbers + shifts[last_known]
