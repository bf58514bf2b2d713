"""Pulse and event code of every image of a run at a pulsed source."""

import threading

import numpy as np
from numpy.typing import NDArray

from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.start import StartMessage

NOT_RECORDED = -1
_FIRST_ROOM = 1024


class PulseRecord:
    """One number of each kind per image; a ``RunObserver``.

    Memory grows with the images that have come, to 16 bytes for each (32 while it grows), and
    never beyond the images of the run.
    """

    def __init__(self, image_count: int) -> None:
        self._image_count = image_count
        self._lock = threading.Lock()
        self._numbers = _nothing(0)

    def run_started(self, start: StartMessage) -> None:
        """Nothing to be done: there is a record for each run."""

    def image_finished(self, image: ImageMessage) -> None:
        """Keep what the image says; numbers beyond the end of the run are not of it."""
        at = image.original_image_id
        if not 0 <= at < self._image_count:
            return
        with self._lock:
            if at >= self._numbers.shape[1]:
                self._grow(at + 1)
            self._numbers[0, at] = _known(image.pulse_id)
            self._numbers[1, at] = _known(image.event_code)

    def run_ended(self, end: EndMessage) -> None:
        """Nothing to be done: what is missing stays missing."""

    def pulse_ids(self) -> NDArray[np.int64]:
        """[images of the run]; -1 for those not recorded (B146)."""
        return self._whole(0)

    def event_codes(self) -> NDArray[np.int64]:
        """[images of the run]; -1 for those not recorded (B147)."""
        return self._whole(1)

    @property
    def memory_bytes(self) -> int:
        """What is kept now."""
        return self._numbers.nbytes

    def _grow(self, least: int) -> None:
        room = min(self._image_count, max(least, _FIRST_ROOM, 2 * self._numbers.shape[1]))
        larger = _nothing(room)
        larger[:, : self._numbers.shape[1]] = self._numbers
        self._numbers = larger

    def _whole(self, row: int) -> NDArray[np.int64]:
        whole = np.full(self._image_count, NOT_RECORDED, np.int64)
        with self._lock:
            whole[: self._numbers.shape[1]] = self._numbers[row]
        return whole


def _nothing(room: int) -> NDArray[np.int64]:
    return np.full((2, room), NOT_RECORDED, np.int64)


def _known(number: int | None) -> int:
    return NOT_RECORDED if number is None else number
