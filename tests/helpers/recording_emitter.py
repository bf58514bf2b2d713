"""A frame emitter that sends nothing and remembers what it was told."""

import threading
from collections.abc import Callable

from jfjoch.errors import DetectorError
from jfjoch.simulator.acquisition import Acquisition, EmitterState


class RecordingEmitter:
    """An acquisition lasts until ``stop``, ``finish`` or the frames of its last trigger."""

    def __init__(self, on_call: Callable[[str, Acquisition | None], None] | None = None) -> None:
        self.calls: list[str] = []
        self.acquisitions: list[Acquisition] = []
        self._on_call = on_call
        self._running: Acquisition | None = None
        self._triggers_left = 0
        self._frames_sent = 0
        self._refuses = False
        self._lock = threading.Lock()

    def refuse_next_start(self) -> None:
        """As if a socket could not be opened."""
        self._refuses = True

    def start(self, acquisition: Acquisition) -> None:
        with self._lock:
            if self._refuses:
                self._refuses = False
                raise OSError("no socket")
            if self._running is not None:
                raise DetectorError("started twice")
            self._running = acquisition
            self._frames_sent = 0
            triggers = acquisition.frame_count // acquisition.frames_per_trigger
            self._triggers_left = triggers if acquisition.wait_for_trigger else 0
            self.acquisitions.append(acquisition)
        self._record("start", acquisition)

    def trigger(self) -> None:
        with self._lock:
            if self._running is None or self._triggers_left == 0:
                return
            self._triggers_left -= 1
            self._frames_sent += self._running.frames_per_trigger
            if self._triggers_left == 0:
                self._running = None
        self._record("trigger")

    def stop(self) -> None:
        with self._lock:
            self._running = None
        self._record("stop")

    def finish(self) -> None:
        """Let all frames be sent."""
        with self._lock:
            if self._running is not None:
                self._frames_sent = self._running.frame_count
            self._running = None

    @property
    def state(self) -> EmitterState:
        with self._lock:
            if self._running is None:
                return "idle"
            return "waiting" if self._triggers_left else "running"

    @property
    def triggers_left(self) -> int:
        return self._triggers_left

    @property
    def frames_sent(self) -> int:
        return self._frames_sent

    def _record(self, call: str, acquisition: Acquisition | None = None) -> None:
        self.calls.append(call)
        if self._on_call is not None:
            self._on_call(call, acquisition)
