"""The status of the detector, for many who ask."""

import logging
import threading
import time
from collections.abc import Callable

from jfjoch.detector.sls.report import NOT_CONNECTED
from jfjoch.errors import DetectorError
from jfjoch.model.detector_status import DetectorStatus

_log = logging.getLogger(__name__)
_AGE_S = 1.0


class LastStatus:
    """What was known last; one thread asks, the others do not wait for it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known = NOT_CONNECTED
        self._until = clock()
        self._asking = threading.Lock()

    def of(self, ask: Callable[[], DetectorStatus | None]) -> DetectorStatus:
        """Return what ``ask`` returns, or the last known where that is fresh or it has none."""
        if self._clock() < self._until or not self._asking.acquire(blocking=False):
            return self._known
        try:
            answer = ask()
        except DetectorError as error:
            _log.warning("%s", error)
            answer = NOT_CONNECTED
        finally:
            self._asking.release()
        if answer is not None:
            self._known, self._until = answer, self._clock() + _AGE_S
        return self._known

    def expire(self) -> None:
        """Ask anew next time."""
        self._until = self._clock()

    def forget(self) -> None:
        """Know nothing of a detector that is switched off."""
        self._known = NOT_CONNECTED
        self.expire()
