"""A thread for a publisher, so that no run waits for it."""

import logging
import threading
from typing import Protocol

from jfjoch.errors import JfjochError

STEP_TIME_S = 0.1
"""Longest time a step waits for something to do."""


_log = logging.getLogger(__name__)


class Steps(Protocol):
    """Work that is done piece by piece."""

    def step(self, timeout_s: float) -> bool:
        """Do the next piece; False when there was none within the time.

        Raises JfjochError for a piece that can't be done; the next one can be.
        """


class PublisherThread:
    """Steps through the work from ``start`` to ``stop``, each called once."""

    def __init__(self, name: str, work: Steps) -> None:
        self._work = work
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Return when what was there to do is done."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._step(STEP_TIME_S)
        while self._step(0.0):
            pass

    def _step(self, timeout_s: float) -> bool:
        try:
            return self._work.step(timeout_s)
        except JfjochError as error:
            _log.warning("%s: %s", self._thread.name, error)
            return True
