"""Signs of life for the service manager, as long as there are any."""

import threading
from typing import Self

from jfjoch.cli.service_manager import ServiceManager
from jfjoch.writer.monitor import WriterMonitor

LONGEST_SILENCE_S = 5.0
"""A service that works gives several signs of life a second, also while it closes files."""


class Watchdog:
    """A thread that passes the writer's signs of life on; without any the manager restarts it."""

    def __init__(self, monitor: WriterMonitor, manager: ServiceManager) -> None:
        self._monitor = monitor
        self._manager = manager
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        period_s = self._manager.sign_period_s
        if period_s is not None:
            self._thread = threading.Thread(
                target=self._run, args=(period_s,), name="watchdog", daemon=True
            )
            self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, period_s: float) -> None:
        while not self._stop.wait(period_s):
            if self._monitor.silent_s <= LONGEST_SILENCE_S:
                self._manager.alive()
