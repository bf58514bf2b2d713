"""When frames are taken."""

from jfjoch.simulator.control.board import Board
from jfjoch.simulator.control.board_set import BoardSet
from jfjoch.simulator.control.function import (
    Arguments,
    Function,
    Setting,
    Value,
    get_and_set,
    get_or_set,
)

_DURATION = range(2**63)
_COUNT = range(1, 2**63)
_EXPOSURE = Setting("timing", "exposure_ns", _DURATION)


def _next_frame_number(boards: BoardSet, board: Board, _: Arguments) -> tuple[Value, ...]:
    return (boards.next_frame_number(board),)


def _set_next_frame_number(
    boards: BoardSet, board: Board, arguments: Arguments
) -> tuple[Value, ...]:
    Setting("timing", "next_frame_number", range(1, 2**48)).write(board, arguments[0])
    boards.set_next_frame_number(board, arguments[0])
    return ()


TIMING_FUNCTIONS: list[Function] = [
    *get_or_set(
        "set_timing_mode",
        Setting("timing", "mode", (0, 1)),
        "timing: auto, trigger",
        ("JUNGFRAU",),
    ),
    *get_or_set(
        "set_timing_mode",
        Setting("timing", "mode", (0, 1, 2, 3)),
        "timing: auto, trigger, gating, burst_trigger",
        ("EIGER",),
    ),
    *get_and_set("num_frames", "q", Setting("timing", "frames", _COUNT), "frames of a trigger"),
    *get_and_set("num_triggers", "q", Setting("timing", "triggers", _COUNT), "triggers"),
    Function("get_exptime", "i", "q", _EXPOSURE.get_handler, "exposure time, ns"),
    Function("set_exptime", "qq", "", _EXPOSURE.set_handler, "gate, exposure time, ns"),
    *get_and_set("period", "q", Setting("timing", "period_ns", _DURATION), "frame time, ns"),
    *get_and_set(
        "delay_after_trigger",
        "q",
        Setting("timing", "delay_ns", _DURATION),
        "delay, ns; remembered only",
        ("JUNGFRAU",),
    ),
    Function("get_next_frame_number", "", "Q", _next_frame_number, "number of the next frame"),
    Function("set_next_frame_number", "Q", "", _set_next_frame_number, "number of the next frame"),
]
