"""When the frames of an acquisition leave."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from jfjoch.simulator.acquisition import Acquisition


@dataclass(frozen=True, slots=True)
class EmitterClock:
    """How time passes for an emitter."""

    now: Callable[[], float] = time.monotonic
    """Seconds."""
    wait: Callable[[float | None], object] | None = None
    """None: for real, ended early by triggers and stop."""


_REAL_CLOCK = EmitterClock()
_MOST_OF_PERIOD, _LONGEST_SPREAD_S = 0.5, 0.01
_LONGEST_WAIT_S = 3600.0
"""At a time: the system has no word for the longest periods."""


class Departures:
    """Gives every frame its time: multiples of the period after the start, or after the trigger.

    A frame that is late leaves at once; those more than a period late are counted.
    ``next`` and ``pause_until`` are for one thread, the others for any.
    """

    def __init__(
        self, acquisition: Acquisition, period_s: float, clock: EmitterClock = _REAL_CLOCK
    ) -> None:
        """Let the acquisition begin now."""
        self._acquisition = acquisition
        self._period_s = period_s
        self._clock = clock.now
        self._woken = threading.Event()
        self._wait = clock.wait if clock.wait is not None else self._woken.wait
        self._lock = threading.Lock()
        self._triggers = 0
        self._frames = 0
        self._due: float | None = None
        self._stopped = False
        self.began_s = clock.now()
        self.spread_s = min(_MOST_OF_PERIOD * period_s, _LONGEST_SPREAD_S)
        """Time the packets of a frame may take to leave."""
        self.late_count = 0

    def trigger(self) -> None:
        """Release the frames of one trigger."""
        with self._lock:
            if self.triggers_left > 0:
                self._triggers += 1
        self._woken.set()

    def stop(self) -> None:
        """No further frame leaves."""
        self._stopped = True
        self._woken.set()

    @property
    def triggers_left(self) -> int:
        """Triggers yet to come; 0 when none is awaited."""
        acquisition = self._acquisition
        if self._stopped or not acquisition.wait_for_trigger:
            return 0
        all_triggers = -(-acquisition.frame_count // acquisition.frames_per_trigger)
        return max(0, all_triggers - self._triggers)

    @property
    def waiting(self) -> bool:
        """Whether no frame leaves before a trigger comes."""
        return not self._finished and self._frames >= self._released

    def next(self) -> float | None:
        """Wait for the next frame's time and return it; None when no further one leaves."""
        while not self._finished:
            self._woken.clear()  # first, so that a trigger from now on ends the wait
            delay = self._delay_s()
            if delay <= 0.0:
                return self._departure()
            if not self._stopped:
                self._wait(None if math.isinf(delay) else min(delay, _LONGEST_WAIT_S))
        return None

    def pause_until(self, time_s: float) -> None:
        """Wait for a time; returns at once when the acquisition was stopped."""
        while not self._stopped and (delay := time_s - self._clock()) > 0.0:
            self._woken.clear()
            if not self._stopped:
                self._wait(min(delay, _LONGEST_WAIT_S))

    @property
    def _finished(self) -> bool:
        return self._stopped or self._frames >= self._acquisition.frame_count

    @property
    def _released(self) -> int:
        acquisition = self._acquisition
        if not acquisition.wait_for_trigger:
            return acquisition.frame_count
        return min(acquisition.frame_count, self._triggers * acquisition.frames_per_trigger)

    def _delay_s(self) -> float:
        if self._frames >= self._released:
            self._due = None
            return math.inf
        if self._due is None:
            self._due = self._clock()
        return self._due - self._clock()

    def _departure(self) -> float:
        assert self._due is not None
        due = self._due
        self._due += self._period_s
        self._frames += 1
        if self._clock() - due > self._period_s:
            self.late_count += 1
        return due
