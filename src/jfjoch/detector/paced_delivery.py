"""When the frames of an inside source leave, and their way into the slots."""

import math
import threading
import time
from collections.abc import Callable
from typing import Any, Literal

from numpy.typing import NDArray

from jfjoch.detector.base import STEP_TIME_S, FrameInfo, FrameSlots
from jfjoch.detector.packets.layout import packet_layout
from jfjoch.detector.pulse_train import PulseTrain
from jfjoch.errors import DetectorError
from jfjoch.model.plan import FramePlan

Fill = Callable[[int, NDArray[Any]], None]
"""Writes the frame of that number into [modules, 512, 1024]."""


class PacedDelivery:
    """Gives every frame of a run its time, and waits for a free slot: nothing is ever lost.

    Frames are due at multiples of the frame time after the first one, or after the trigger that
    ended a wait. A frame that is late, because no slot was free, leaves at once.
    ``step`` is for one thread; ``trigger`` and ``stop`` may come from any.
    """

    def __init__(
        self,
        module_count: int,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        self._module_count = module_count
        self._clock = clock
        self._woken = threading.Event()
        self._wait = wait if wait is not None else self._woken.wait
        self._trigger_lock = threading.Lock()
        self._run: tuple[FramePlan, Fill] | None = None
        self._next_frame = 0
        self._triggers = 0
        self._due: float | None = None
        self._pulses = PulseTrain()
        self._stopped = True

    def start(self, plan: FramePlan, fill: Fill) -> None:
        """Begin a run with frame 0; ``fill`` is called by the thread that calls ``step``.

        Raises:
            DetectorError: the plan is made for another number of modules.
        """
        if plan.module_count != self._module_count:
            raise DetectorError(
                f"the run is planned for {plan.module_count} modules, but the detector has "
                f"{self._module_count}; select the detector again"
            )
        self._run = (plan, fill)
        self._next_frame = 0
        self._triggers = 0
        self._due = None
        self._pulses.start()
        self._stopped = False

    def trigger(self) -> None:
        """Release the frames of one trigger."""
        with self._trigger_lock:
            self._triggers += 1
        self._woken.set()

    def stop(self) -> None:
        """End the run; a ``step`` that waits returns soon."""
        self._stopped = True
        self._woken.set()

    @property
    def triggers_left(self) -> int:
        """Triggers the run has yet to get; 0 when it waits for none."""
        if self._run is None or self._finished(self._run[0]) or not self._run[0].wait_for_trigger:
            return 0
        plan = self._run[0]
        return max(0, plan.frame_count // plan.frames_per_trigger - self._triggers)

    @property
    def state(self) -> Literal["Idle", "Waiting", "Busy"]:
        """Busy while frames are due, Waiting before a trigger, Idle when no frame will come."""
        if self._run is None or self._finished(self._run[0]):
            return "Idle"
        return "Busy" if self._next_frame < self._released(self._run[0]) else "Waiting"

    def step(self, slots: FrameSlots) -> bool:
        """Deliver one frame, or wait a moment for its time; False when there is none left."""
        if self._run is None or self._finished(self._run[0]):
            return False
        plan, fill = self._run
        deadline = self._clock() + STEP_TIME_S
        if self._wait_until_due(plan, deadline):
            frame = slots.claim(self._next_frame, max(0.0, deadline - self._clock()))
            if frame is not None:
                fill(self._next_frame, frame)
                slots.publish(self._frame_info(plan))
                self._advance(plan.frame_time_s)
        return not self._finished(plan)

    def _finished(self, plan: FramePlan) -> bool:
        return self._stopped or self._next_frame >= plan.frame_count

    def _wait_until_due(self, plan: FramePlan, deadline: float) -> bool:
        while not self._stopped:
            self._woken.clear()  # first, so that a trigger from now on ends the wait
            now = self._clock()
            delay = self._delay_s(plan, now)
            if delay <= 0.0:
                return True
            if now >= deadline:
                return False
            self._wait(min(delay, deadline - now))
        return False

    def _delay_s(self, plan: FramePlan, now: float) -> float:
        if self._next_frame >= self._released(plan):
            self._due = None
            return math.inf
        if not plan.paced:
            return 0.0
        if self._due is None:
            self._due = now
        return self._due - now

    def _released(self, plan: FramePlan) -> int:
        if not plan.wait_for_trigger:
            return plan.frame_count
        return min(plan.frame_count, self._triggers * plan.frames_per_trigger)

    def _frame_info(self, plan: FramePlan) -> FrameInfo:
        number = self._next_frame
        packets = packet_layout(plan.counter).packets_per_module * plan.module_count
        # Every storage cell holds a part of the same pulse.
        pulse = self._pulses.pulse(number // plan.storage_cell_count) if plan.pulsed else None
        return FrameInfo(
            number,
            packets_expected=packets,
            packets_received=packets,
            storage_cell=plan.storage_cell(number),
            pulse_id=None if pulse is None else pulse.pulse_id,
            event_code=None if pulse is None else pulse.event_code,
        )

    def _advance(self, frame_time_s: float) -> None:
        self._next_frame += 1
        if self._due is not None:
            self._due += frame_time_s
