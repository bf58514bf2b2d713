"""The part of the simulated detector that sends frames."""

import threading
from collections.abc import Sequence

from jfjoch.errors import DetectorError
from jfjoch.simulator.acquisition import Acquisition, EmitterState
from jfjoch.simulator.acquisition_run import AcquisitionRun
from jfjoch.simulator.departures import EmitterClock
from jfjoch.simulator.record import AcquisitionListener
from jfjoch.simulator.sending import SenderSetup, prepare


class PacketEmitter:
    """Sends the frames of one acquisition after another; implements ``FrameEmitter``."""

    def __init__(
        self,
        setup: SenderSetup,
        listeners: Sequence[AcquisitionListener] = (),
        clock: EmitterClock | None = None,
    ) -> None:
        """``listeners`` hear of every acquisition."""
        self._setup = setup
        self._listeners = tuple(listeners)
        self._clock = clock or EmitterClock()
        self._lock = threading.Lock()
        self._run: AcquisitionRun | None = None
        self._count = 0

    def start(self, acquisition: Acquisition) -> None:
        """Begin; takes seconds when frames with light of such settings were not sent before.

        Raises:
            DetectorError: one is under way, or it is made for another detector.
        """
        with self._lock:  # all the time, so that a stop waits for a start
            if self._run is not None and not self._run.ended:
                raise DetectorError("the simulated detector acquires already; stop it first")
            prepared = prepare(self._setup, acquisition, self._count)
            self._count += 1
            run = AcquisitionRun(prepared, self._listeners)
            run.begin(self._setup.period_s(acquisition), self._clock)
            self._run = run

    def trigger(self) -> None:
        """Release the frames of one trigger; no effect where none is awaited."""
        run = self._run
        if run is not None and not run.ended:
            run.trigger()

    def stop(self) -> None:
        """End the acquisition after the frame that is being sent; returns when it has ended."""
        with self._lock:
            if self._run is not None:
                self._run.stop()

    @property
    def state(self) -> EmitterState:
        """Waiting = for a trigger."""
        run = self._run
        if run is None or run.ended:
            return "idle"
        return "waiting" if run.waiting else "running"

    @property
    def triggers_left(self) -> int:
        """Triggers the acquisition has yet to get."""
        run = self._run
        return 0 if run is None or run.ended else run.triggers_left

    @property
    def frames_sent(self) -> int:
        """Of the present or last acquisition, of each module."""
        run = self._run
        return 0 if run is None else run.frames_sent
