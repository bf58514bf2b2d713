"""Start, stop, trigger, and how it goes."""

from jfjoch.errors import DetectorError
from jfjoch.simulator.control.board import Board
from jfjoch.simulator.control.board_set import BoardSet
from jfjoch.simulator.control.function import Arguments, Function, Value


def _start(boards: BoardSet, board: Board, _: Arguments) -> tuple[Value, ...]:
    boards.start(board)
    return ()


def _stop(boards: BoardSet, _: Board, __: Arguments) -> tuple[Value, ...]:
    boards.stop()
    return ()


def _trigger(boards: BoardSet, board: Board, arguments: Arguments) -> tuple[Value, ...]:
    if arguments[0]:
        raise DetectorError("triggers that wait for their frames are not simulated")
    boards.trigger(board)
    return ()


def _status(boards: BoardSet, board: Board, _: Arguments) -> tuple[Value, ...]:
    return (boards.status(board),)


def _frames_left(boards: BoardSet, _: Board, __: Arguments) -> tuple[Value, ...]:
    return (boards.frames_left,)


def _triggers_left(boards: BoardSet, _: Board, __: Arguments) -> tuple[Value, ...]:
    return (boards.triggers_left,)


def _frames_sent(boards: BoardSet, _: Board, __: Arguments) -> tuple[Value, ...]:
    return (boards.frames_sent,)


RUN_FUNCTIONS: list[Function] = [
    Function("start_acquisition", "", "", _start, "the last board to be told begins", waits=True),
    Function("stop_acquisition", "", "", _stop, "ends it for all boards", waits=True),
    Function("software_trigger", "i", "", _trigger, "counts when the master gets it", waits=True),
    Function("get_run_status", "", "i", _status, "idle, waiting, running, stopped, error"),
    Function("get_frames_left", "", "q", _frames_left, "frames to come, over all triggers"),
    Function("get_triggers_left", "", "q", _triggers_left, "triggers to come"),
    Function("get_frames_from_start", "", "q", _frames_sent, "frames sent"),
]
