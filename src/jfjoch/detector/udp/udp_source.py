"""A detector that sends packets, as a source of frames."""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from jfjoch.detector.base import FrameSlots
from jfjoch.detector.packets.addressing import ModuleAddress
from jfjoch.detector.processors import ANYWHERE, Processors
from jfjoch.detector.udp.packet_counts import PacketCounts
from jfjoch.detector.udp.receiver_report import ReceiverAddress, ReceiverReport
from jfjoch.detector.udp.run_control import RunControl
from jfjoch.detector.udp.udp_run import QUIET_S, UdpRun
from jfjoch.errors import DetectorError
from jfjoch.model.plan import FramePlan

_logger = logging.getLogger(__name__)

_ASK_PERIOD_S = 0.5
_MOST_FRAMES_LOST_AT_END = 10_000
"""More than that are not lost on the way."""


class UdpSource:
    """Receives the frames of a detector; implements ``FrameSource``.

    It does not wait: a frame for which there is no room is lost, and counted. A run ends with its
    last frame, when the detector is idle and no more packets come, or when it is stopped.
    """

    waits = False

    def __init__(
        self,
        receivers: Sequence[ReceiverAddress],
        addresses: Sequence[ModuleAddress],
        interface_count: int,
        control: RunControl,
        processors: Processors = ANYWHERE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the receivers, and where the packets of each module go.

        interface_count: of a module of a JUNGFRAU.
        """
        self._receivers = receivers
        self._addresses = addresses
        self._interface_count = interface_count
        self._control = control
        self._processors = processors
        self._clock = clock
        self._run: UdpRun | None = None
        self._asked = -_ASK_PERIOD_S
        self._detector_ended = False
        self._failure: DetectorError | None = None
        self._ending = threading.Lock()
        self._receiver_counts: list[PacketCounts] = []

    def reports(self) -> list[ReceiverReport]:
        """Tell what came to each receiver in the present or last run."""
        run = self._run
        counts = self._receiver_counts if run is None else run.receiver_counts
        unused = [PacketCounts()] * (len(self._receivers) - len(counts))
        return [
            ReceiverReport(address, count)
            for address, count in zip(self._receivers, counts + unused, strict=True)
        ]

    def start(self, plan: FramePlan) -> None:
        """Open the sockets and configure the detector. Raises DetectorError."""
        self._asked = -_ASK_PERIOD_S
        self._detector_ended = False
        self._failure = None
        self._run = UdpRun(plan, self._addresses, self._interface_count, self._processors)
        try:
            self._control.prepare(plan)
        except BaseException:
            self._end()
            raise

    def begin(self) -> None:
        """Let the detector take frames, or wait for triggers. Raises DetectorError."""
        self._control.start()

    def trigger(self) -> None:
        """Give the detector a trigger by software.

        If the detector does not obey, ``step`` raises that.
        """
        try:
            self._control.trigger()
        except DetectorError as error:
            _logger.warning("the detector got no trigger: %s", error)
            self._failure = error

    def step(self, slots: FrameSlots) -> bool:
        """Hand on frames that are over; False when there will be no more. Raises DetectorError."""
        if self._failure is not None:
            raise self._failure
        run = self._run
        if run is None:
            return False
        run.step(slots)
        if run.finished or run.closed:
            self._end()
            return False
        if not run.window.closed:
            self._watch_detector(run)
        return True

    def stop(self) -> None:
        """Stop the detector and receive no more; idempotent.

        If the detector does not obey, ``step`` raises that.
        """
        if self._run is None:
            return
        try:
            self._control.stop()
        except DetectorError as error:
            _logger.warning("the detector was not stopped: %s", error)
            self._failure = error
        finally:
            self._end()

    def _watch_detector(self, run: UdpRun) -> None:
        """When nothing has come for a while, ask the detector whether anything still will."""
        quiet_s = run.quiet_s()
        if quiet_s < QUIET_S:
            self._detector_ended = False
        elif self._detector_ended:
            self._give_up(run)
        elif self._clock() - self._asked >= _ASK_PERIOD_S:
            self._asked = self._clock()
            self._detector_ended = self._control.is_idle()

    def _give_up(self, run: UdpRun) -> None:
        """Count the frames that did not come, unless the detector was ended long before them."""
        if run.frames_to_come <= _MOST_FRAMES_LOST_AT_END:
            run.give_up_all()
        elif run.window.first > run.window.newest:  # what has come has been handed on
            _logger.warning("the detector has ended %d frames early", run.frames_to_come)
            self._end()

    def _end(self) -> None:
        with self._ending:
            run, self._run = self._run, None
            if run is None:
                return
            run.close()
            self._receiver_counts = run.receiver_counts
            _tell(run.counts)


def _tell(counts: PacketCounts) -> None:
    """Log what did not go as it should."""
    odd = {
        "came twice": counts.duplicate,
        "came too late": counts.late,
        "were not of this run or this detector": counts.foreign,
        "found no room in the frame buffer": counts.no_room,
    }
    if counts.overflowed:
        _logger.warning(
            "packets came faster than they were received: receive buffers were full %d times",
            counts.overflowed,
        )
    for what, number in odd.items():
        if number:
            _logger.warning("%d of %d packets %s", number, counts.total, what)
