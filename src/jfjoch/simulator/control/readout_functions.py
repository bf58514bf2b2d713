"""How pixels are read out and sent."""

from jfjoch.errors import DetectorError
from jfjoch.model.detector import DetectorType
from jfjoch.simulator.control.board import Board
from jfjoch.simulator.control.board_set import BoardSet
from jfjoch.simulator.control.function import (
    ASK,
    Arguments,
    Function,
    Setting,
    Value,
    get_and_set,
    get_or_set,
)

_JUNGFRAU: tuple[DetectorType, ...] = ("JUNGFRAU",)
_EIGER: tuple[DetectorType, ...] = ("EIGER",)
_SWITCH = (0, 1)
_DURATION = range(2**63)
_HALF_MODULE_PIXELS = 256 * 256 * 4
_MOST_CONVERTERS = 64
_MODULE_FIELDS = "10i"
"""Serial number, pixels, chips, DACs, settings, I/O delay, dead time, three thresholds in eV."""


def _further_of_module(arguments: Arguments) -> int:
    pixels, converters = arguments[1], arguments[3]
    if pixels not in (0, _HALF_MODULE_PIXELS) or converters not in range(_MOST_CONVERTERS + 1):
        raise DetectorError(
            f"a half module has 0 or {_HALF_MODULE_PIXELS} trim bits and up to "
            f"{_MOST_CONVERTERS} DACs, {pixels} and {converters} came"
        )
    return pixels + converters


def _set_module(_: BoardSet, board: Board, arguments: Arguments) -> tuple[Value, ...]:
    """Take settings and threshold; trim bits change nothing here."""
    board.readout.settings, board.readout.threshold_eV = arguments[4], arguments[7]
    return ()


def _update_rate_correction(_: BoardSet, __: Board, ___: Arguments) -> tuple[Value, ...]:
    return ()


def _bits_only(_: BoardSet, __: Board, arguments: Arguments) -> tuple[Value, ...]:
    if arguments[0] not in (ASK, 16):
        raise DetectorError(f"a JUNGFRAU has 16 bits, {arguments[0]} came")
    return (16,)


READOUT_FUNCTIONS: list[Function] = [
    *get_or_set(
        "set_settings", Setting("readout", "settings", (7, 19)), "gain0, highgain0", _JUNGFRAU
    ),
    *get_or_set(
        "set_settings", Setting("readout", "settings", range(11)), "set by threshold", _EIGER
    ),
    *get_and_set(
        "gain_mode",
        "i",
        Setting("readout", "gain_mode", (0, 1, 2, 3)),
        "dynamic, forceswitchg1, forceswitchg2, fixg1",
        _JUNGFRAU,
    ),
    *get_and_set("readout_speed", "i", Setting("readout", "speed", (0, 1, 2)), "remembered only"),
    *get_and_set(
        "num_additional_storage_cells",
        "i",
        Setting("readout", "additional_cells", range(16)),
        "storage cells in use, less one",
        _JUNGFRAU,
    ),
    *get_or_set(
        "storage_cell_start",
        Setting("readout", "first_cell", range(16)),
        "first storage cell",
        _JUNGFRAU,
    ),
    *get_and_set(
        "storage_cell_delay",
        "q",
        Setting("readout", "cell_delay_ns", _DURATION),
        "ns; remembered only",
        _JUNGFRAU,
    ),
    Function("set_dynamic_range", "i", "i", _bits_only, "16", _JUNGFRAU),
    *get_or_set(
        "set_dynamic_range",
        Setting("readout", "bits", (8, 12, 16, 32)),
        "bits of a pixel; 12 are sent as 16",
        _EIGER,
    ),
    Function(
        "get_threshold_energy",
        "",
        "i",
        Setting("readout", "threshold_eV").get_handler,
        "eV",
        _EIGER,
    ),
    Function(
        "set_module",
        _MODULE_FIELDS,
        "",
        _set_module,
        "settings and threshold energy; trim bits are left aside",
        _EIGER,
        further_arguments=_further_of_module,
    ),
    *get_or_set("set_all_trimbits", Setting("service", "trimbits"), "remembered only", _EIGER),
    *get_and_set(
        "parallel_mode", "i", Setting("readout", "parallel", _SWITCH), "remembered only", _EIGER
    ),
    *get_and_set(
        "overflow_mode", "i", Setting("readout", "overflow", _SWITCH), "remembered only", _EIGER
    ),
    *get_and_set(
        "sub_exptime",
        "q",
        Setting("readout", "subframe_exposure_ns", _DURATION),
        "ns; remembered only",
        _EIGER,
    ),
    *get_and_set(
        "sub_deadtime",
        "q",
        Setting("readout", "subframe_dead_time_ns", _DURATION),
        "ns; remembered only",
        _EIGER,
    ),
    Function("update_rate_correction", "", "", _update_rate_correction, "no effect", _EIGER),
    *get_and_set(
        "rate_correct", "q", Setting("service", "rate_correction_ns"), "remembered only", _EIGER
    ),
    *get_or_set(
        "enable_ten_giga", Setting("sending", "ten_giga", _SWITCH), "remembered only", _EIGER
    ),
    *get_and_set(
        "ten_giga_flow_control",
        "i",
        Setting("sending", "flow_control", _SWITCH),
        "remembered only",
    ),
    *get_and_set(
        "transmission_delay_frame",
        "i",
        Setting("sending", "frame_delay", range(32)),
        "delay of a frame, ms",
        _JUNGFRAU,
    ),
    *get_and_set(
        "transmission_delay_frame",
        "i",
        Setting("sending", "frame_delay", range(2**31)),
        "delay of a frame, 10 ns",
        _EIGER,
    ),
    *get_and_set(
        "transmission_delay_left",
        "i",
        Setting("sending", "left_delay", range(2**31)),
        "remembered only",
        _EIGER,
    ),
    *get_and_set(
        "transmission_delay_right",
        "i",
        Setting("sending", "right_delay", range(2**31)),
        "remembered only",
        _EIGER,
    ),
]
