"""A client that asks again and again, on one connection."""

import http.client
import threading
import time
from collections.abc import Sequence
from typing import Self

from jfjoch.cli.local_ports import LOCALHOST


class Poller:
    """Asks for each of ``paths`` once per ``period_s`` in a thread while the context lasts.

    Whoever waits too long for an answer asks later, not more often. What is no answer 200 ends
    it, and is raised at the end of the context.
    """

    def __init__(self, port: int, paths: Sequence[str], period_s: float) -> None:
        self.times_s: list[float] = []
        """From the first byte of a request to the last one of its answer."""
        self._port = port
        self._paths = paths
        self._period_s = period_s
        self._stop = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        connection = http.client.HTTPConnection(LOCALHOST, self._port, timeout=60)
        try:
            while not self._stop.wait(self._period_s):
                for path in self._paths:
                    self.times_s.append(_answer_time_s(connection, path))
        except (OSError, RuntimeError) as error:
            self._error = error
        finally:
            connection.close()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        if self._error is not None:
            raise self._error


def _answer_time_s(connection: http.client.HTTPConnection, path: str) -> float:
    begin = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    if answer.status != http.client.OK:
        raise RuntimeError(f"GET {path}: expected 200, got {answer.status}")
    return time.perf_counter() - begin
