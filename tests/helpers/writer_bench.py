"""A writer service fed from memory: real files, no sockets."""

import json
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import h5py

from jfjoch.messages.ports import Message
from jfjoch.messages.writer_report import WriterReport
from jfjoch.writer.options import WriterOptions
from jfjoch.writer.service import WriterService


class MessageQueue:
    """An ImageSource that gives what was put into it; an exception put in is raised."""

    def __init__(self) -> None:
        self._waiting: deque[Message | Exception] = deque()
        self.departures = 0

    def put(self, messages: Iterable[Message | Exception]) -> None:
        self._waiting.extend(messages)

    def receive(self, timeout_s: float) -> Message | None:
        if not self._waiting:
            return None
        message = self._waiting.popleft()
        if isinstance(message, Exception):
            raise message
        return message

    def close(self) -> None:
        self._waiting.clear()


class CollectedReports:
    """A ReportSink that keeps everything, and when it came."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.reports: list[WriterReport] = []
        self.times: list[float] = []
        self.addresses: list[str] = []
        self.closed = 0

    def connect(self, address: str) -> "CollectedReports":
        self.addresses.append(address)
        return self

    def send(self, report: WriterReport) -> None:
        self.reports.append(report)
        self.times.append(self._clock())

    def close(self) -> None:
        self.closed += 1

    @property
    def ends(self) -> list[WriterReport]:
        return [report for report in self.reports if report.is_end]


class CollectedNotes:
    """A FileAnnouncer that keeps what it is told, and whether the file was there by then.

    Raises ValueError or TypeError for what is no JSON.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self.notes: list[dict[str, Any]] = []
        self.images_found: list[int] = []

    def send(self, content: dict[str, Any]) -> None:
        self.notes.append(json.loads(json.dumps(content, allow_nan=False)))
        with h5py.File(self._root / content["filename"]) as file:
            self.images_found.append(len(file["/entry/data/data"]))


class WriterBench:
    """The service, what it is fed from, what it reports to, and a clock.

    The clock stands still, or goes on by ``step_time_s`` whenever it is looked at.
    """

    def __init__(self, root: Path, options: WriterOptions | None = None) -> None:
        self.root = root
        self.now_s = 0.0
        self.step_time_s = 0.0
        self.queue = MessageQueue()
        self.reports = CollectedReports(self._time)
        self.announced = CollectedNotes(root)
        self.service = WriterService(
            self.queue,
            root,
            options or WriterOptions(),
            self.reports.connect,
            self._time,
            self.announced,
        )

    def _time(self) -> float:
        self.now_s += self.step_time_s
        return self.now_s

    def feed(self, *messages: Message | Exception) -> None:
        """Let the service take these messages, one step each."""
        self.queue.put(messages)
        for _ in messages:
            self.service.step()
