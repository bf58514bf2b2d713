"""The boards of one detector: started together, ended together, one sends for all."""

import threading

from jfjoch.detector.sls.boards import BOARDS_PER_MODULE
from jfjoch.errors import DetectorError
from jfjoch.model.detector import DetectorType
from jfjoch.simulator.acquisition import Acquisition, FrameEmitter
from jfjoch.simulator.control.acquisition_of import acquisition_of, assert_board_ready
from jfjoch.simulator.control.board import AUTO_TIMING, Board, new_board

IDLE, ERROR, WAITING, RUNNING, STOPPED = 0, 1, 2, 5, 6
"""Run status on the wire."""
SERVER_VERSION = "10.0.0 0x250828"
"""Version and date; a client takes those of its own major version."""


class BoardSet:
    """All boards of a simulated detector; methods may be called from any thread."""

    def __init__(
        self,
        detector_type: DetectorType,
        module_count: int,
        emitter: FrameEmitter,
        server_version: str = SERVER_VERSION,
    ) -> None:
        self.detector_type: DetectorType = detector_type
        self.server_version = server_version
        count = module_count * BOARDS_PER_MODULE[detector_type]
        self.boards = [new_board(detector_type, index) for index in range(count)]
        self._emitter = emitter
        self._lock = threading.Lock()
        self._started: set[int] = set()
        self._shutter_closed = False
        self._was_stopped = False
        self._frames_uncounted = False
        self._frame_count = 0

    def start(self, board: Board) -> None:
        """Take a start; the acquisition begins with that of the last board.

        Raises:
            DetectorError: the board is not ready, boards differ, or an acquisition is under way.
        """
        acquisition = self._take_start(board)
        if acquisition is None:
            return
        try:
            self._emitter.start(acquisition)
            self._has_begun(acquisition)
        finally:
            with self._lock:
                self._started.clear()

    def _take_start(self, board: Board) -> Acquisition | None:
        with self._lock:
            if self._emitter.state != "idle" or board.index in self._started:
                raise DetectorError(f"board {board.index} is acquiring already; stop it first")
            assert_board_ready(board)
            self._count_frames()
            self._started.add(board.index)
            if len(self._started) < len(self.boards):
                return None
            return self._acquisition()

    def _acquisition(self) -> Acquisition:
        try:
            return acquisition_of(self.boards, shutter_closed=self._shutter_closed)
        except DetectorError:
            self._started.clear()
            raise

    def _has_begun(self, acquisition: Acquisition) -> None:
        with self._lock:
            self._shutter_closed = False
            self._was_stopped = False
            self._frames_uncounted = True
            self._frame_count = acquisition.frame_count

    def stop(self) -> None:
        """End the acquisition of all boards; no effect on one that has ended."""
        with self._lock:
            self._was_stopped |= self._emitter.state != "idle" or bool(self._started)
            self._started.clear()
        self._emitter.stop()

    def trigger(self, board: Board) -> None:
        """Take a software trigger: those of the master count, the others get them from it."""
        if board.timing.mode == AUTO_TIMING:
            raise DetectorError("no trigger is awaited; set timing to another mode than auto")
        if board.service.master:
            self._emitter.trigger()

    def status(self, board: Board) -> int:
        """Return the run status as on the wire."""
        if board.power.failed:
            return ERROR
        state = self._emitter.state
        if state == "idle" and board.index in self._started:
            return RUNNING
        if state == "idle":
            return STOPPED if self._was_stopped else IDLE
        return WAITING if state == "waiting" else RUNNING

    @property
    def triggers_left(self) -> int:
        """Of the acquisition under way."""
        return 0 if self._emitter.state == "idle" else self._emitter.triggers_left

    @property
    def frames_left(self) -> int:
        """Of the acquisition under way, over all its triggers."""
        if self._emitter.state == "idle":
            return 0
        return self._frame_count - self._emitter.frames_sent

    @property
    def frames_sent(self) -> int:
        """Of the present or last acquisition."""
        return self._emitter.frames_sent

    def set_high_voltage(self, board: Board, volts: int) -> None:
        """Set it, and close the shutter for the next acquisition.

        A detector does not know whether light comes; this is how it is told here.
        """
        board.power.high_voltage_V = volts
        with self._lock:
            self._shutter_closed = self.detector_type == "JUNGFRAU"

    def next_frame_number(self, board: Board) -> int:
        """Return the number the next frame will have."""
        with self._lock:
            self._count_frames()
            return board.timing.next_frame_number

    def set_next_frame_number(self, board: Board, number: int) -> None:
        """Number frames from here on."""
        with self._lock:
            self._count_frames()
            board.timing.next_frame_number = number

    def _count_frames(self) -> None:
        """Go on with numbers after those of an acquisition that has ended."""
        if self._frames_uncounted and self._emitter.state == "idle":
            self._frames_uncounted = False
            for board in self.boards:
                board.timing.next_frame_number += self._emitter.frames_sent
