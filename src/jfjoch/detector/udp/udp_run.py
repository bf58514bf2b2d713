"""One run: receivers, their threads, and the frames their packets become."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import groupby
from operator import attrgetter
from typing import Any

from numpy.typing import NDArray

from jfjoch.detector.base import STEP_TIME_S, FrameSlots
from jfjoch.detector.packets.addressing import ModuleAddress
from jfjoch.detector.packets.layout import packet_layout
from jfjoch.detector.processors import ANYWHERE, Processors
from jfjoch.detector.udp.frame_report import FrameReport
from jfjoch.detector.udp.frame_window import FrameWindow
from jfjoch.detector.udp.packet_counts import PacketCounts
from jfjoch.detector.udp.packet_receiver import POLL_MS, ArrivedPart, PacketReceiver
from jfjoch.kernels.packet_types import DENIED
from jfjoch.model.plan import FramePlan

WINDOW_FRAMES = 16
"""Frames that can be filled at the same time; more than packets of a frame are waited for."""
_LOST_AT_ONCE = 1000
"""Of frames that are known to be lost, in one step."""
QUIET_S = 0.5
"""When no packet has come for so long, those that are missing are given up."""


class UdpRun:
    """Frames of one run, from the sockets to the slots.

    Every receiver has a thread that only takes packets. ``step`` hands on, in their order, the
    frames all receivers are done with. A frame without any packet is lost, and so is one for
    which there was no room; pixels of packets that are missing are filled with ones.
    """

    def __init__(
        self,
        plan: FramePlan,
        addresses: Sequence[ModuleAddress],
        interface_count: int,
        processors: Processors = ANYWHERE,
    ) -> None:
        """Open the sockets. Raises DetectorError when one can't be had."""
        layout = packet_layout(plan.counter, interface_count)
        groups = [list(group) for _, group in groupby(addresses, attrgetter("receiver"))]
        self.window = FrameWindow(WINDOW_FRAMES, len(groups))
        self._frame_count = plan.frame_count
        self._processors = processors
        self._receivers: list[PacketReceiver] = []
        self._threads = ThreadPoolExecutor(len(groups), thread_name_prefix="packets")
        self._memory: dict[int, NDArray[Any]] = {}
        self._offered = 0
        self.closed = False
        """Whether nothing is handed on any more."""
        self._report = FrameReport(plan, layout.packets_per_module * len(addresses))
        try:
            for group in groups:
                self._receivers.append(PacketReceiver(group, layout, plan.frame_count, self.window))
        except BaseException:
            self.close()
            raise
        self._jobs: list[Future[None]] = []

    @property
    def finished(self) -> bool:
        """Whether all frames have been handed on."""
        return self.window.first >= self._frame_count

    @property
    def frames_to_come(self) -> int:
        """Frames after the newest one there is a packet of."""
        return self._frame_count - max(self.window.first, self.window.newest + 1)

    @property
    def counts(self) -> PacketCounts:
        """Packets so far, of all receivers."""
        return sum((receiver.counts for receiver in self._receivers), PacketCounts())

    @property
    def receiver_counts(self) -> list[PacketCounts]:
        """Packets so far, of each receiver."""
        return [receiver.counts for receiver in self._receivers]

    def step(self, slots: FrameSlots) -> None:
        """Hand on what is over; wait a moment for it."""
        over = self._await_end(slots)
        for frame in range(self.window.first, over):
            self._hand_on(frame, slots)
        if over > self.window.first:
            self.window.finish(over)
        self._give_up_when_quiet()
        for job in self._jobs:
            if job.done():
                job.result()

    def quiet_s(self) -> float:
        """Return for how long receivers have waited in vain; less when they did not get to it."""
        return self.window.quiet_calls * POLL_MS * 1e-3

    def give_up_all(self) -> None:
        """Receive no more: the detector has ended. What is missing is handed on as lost."""
        self.window.close()
        self._threads.shutdown()

    def close(self) -> None:
        """End the threads and close the sockets; idempotent."""
        self.closed = True
        self.window.close()
        self._threads.shutdown()
        for receiver in self._receivers:
            receiver.close()

    def _await_end(self, slots: FrameSlots) -> int:
        """Wait a moment; return which frame is not over yet."""
        if self.window.closed:
            return min(self.window.first + _LOST_AT_ONCE, self._frame_count)
        self._claim(slots)
        if not self._jobs:
            self._begin()
        self.window.wait_for_report(STEP_TIME_S)
        return min(self.window.next_open, self._frame_count)

    def _receive(self, number: int, receiver: PacketReceiver) -> None:
        """Thread: take packets; nothing else."""
        self._processors.pin(number)
        while not self.window.closed:
            receiver.step()

    def _begin(self) -> None:
        """Packets that came before are in the buffers of the sockets."""
        self._jobs = [
            self._threads.submit(self._receive, number, receiver)
            for number, receiver in enumerate(self._receivers)
        ]

    def _claim(self, slots: FrameSlots) -> None:
        """Give memory to the frames of the window, the oldest first.

        When there is none left, it is denied to those of which packets wait: so whole frames are
        lost, and no more of them than must be.
        """
        first = self.window.first
        last = min(first + self.window.length, self._frame_count)
        offered: dict[int, int] = {}
        for frame in range(max(first, self._offered), last):
            memory = slots.claim(frame, 0.0)
            if memory is None and frame > self.window.newest:
                break
            offered[frame] = DENIED if memory is None else memory.ctypes.data
            if memory is not None:
                self._memory[frame] = memory
            self._offered = frame + 1
        if offered:
            self.window.place(offered)

    def _hand_on(self, frame: int, slots: FrameSlots) -> None:
        memory = self._memory.pop(frame, None)
        parts = [receiver.arrived(frame) for receiver in self._receivers]
        info = self._report.info(frame, parts)
        if memory is None or info.is_lost:
            slots.lose(self._report.lost(frame))
        else:
            if info.packets_received < info.packets_expected:
                self._fill_missing(memory, parts)
            slots.publish(info)

    def _fill_missing(self, memory: NDArray[Any], parts: list[ArrivedPart | None]) -> None:
        for receiver, part in zip(self._receivers, parts, strict=True):
            receiver.fill_missing(memory, part)

    def _give_up_when_quiet(self) -> None:
        if self.quiet_s() > QUIET_S:
            self.window.give_up(self.window.newest + 1)
