"""Who a board is, what is on, how warm it is."""

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
_TYPE_NUMBERS = {"EIGER": 1, "JUNGFRAU": 3}
_FIRMWARE = {"EIGER": 32, "JUNGFRAU": 0x231026}
_HIGH_VOLTAGE = 77
_HIGHEST_CONVERTER = 99
_VOLTAGES = {"JUNGFRAU": (0, *range(60, 201)), "EIGER": tuple(range(201))}
_TEMPERATURES = {
    "JUNGFRAU": {78: 31_000, 79: 42_000},
    "EIGER": {
        79: 44_000,
        80: 40_500,
        81: 38_500,
        82: 46_000,
        83: 35_500,
        84: 36_500,
        85: 43_500,
        86: 45_000,
    },
}
"""Thousandths of a degree by number of the thermometer, chips off."""
_WARMED_BY_CHIPS = 6_500
_WARMER_PER_BOARD = 250


def _nothing(_: BoardSet, __: Board, ___: Arguments) -> tuple[Value, ...]:
    return ()


def _detector_type(boards: BoardSet, _: Board, __: Arguments) -> tuple[Value, ...]:
    return (_TYPE_NUMBERS[boards.detector_type],)


def _firmware(boards: BoardSet, _: Board, __: Arguments) -> tuple[Value, ...]:
    return (_FIRMWARE[boards.detector_type],)


def _server_version(boards: BoardSet, _: Board, __: Arguments) -> tuple[Value, ...]:
    return (boards.server_version.encode(),)


def _hardware_version(_: BoardSet, __: Board, ___: Arguments) -> tuple[Value, ...]:
    return (b"simulated",)


def _serial_number(_: BoardSet, board: Board, __: Arguments) -> tuple[Value, ...]:
    return (board.index + 1,)


def _one(_: BoardSet, __: Board, ___: Arguments) -> tuple[Value, ...]:
    return (1,)


def _zero(_: BoardSet, __: Board, ___: Arguments) -> tuple[Value, ...]:
    return (0,)


def _chip_version(_: BoardSet, __: Board, ___: Arguments) -> tuple[Value, ...]:
    return (10,)


def _converter(boards: BoardSet, board: Board, arguments: Arguments) -> tuple[Value, ...]:
    """Set and get a DAC; arguments: number, whether in mV, value."""
    number, _, value = arguments
    if number == _HIGH_VOLTAGE:
        return (_voltage(boards, board, value),)
    if number not in range(_HIGHEST_CONVERTER + 1):
        raise DetectorError(f"board {board.index} has no DAC {number}")
    if value != ASK:
        board.service.analog_converters[number] = value
    return (board.service.analog_converters.get(number, 0),)


def _voltage(boards: BoardSet, board: Board, volts: int) -> int:
    if volts != ASK:
        if volts not in _VOLTAGES[boards.detector_type]:
            least = _VOLTAGES[boards.detector_type][1]
            raise DetectorError(f"high voltage: 0 or {least} to 200 V expected, {volts} came")
        boards.set_high_voltage(board, volts)
    return board.power.high_voltage_V


def _temperature(boards: BoardSet, board: Board, arguments: Arguments) -> tuple[Value, ...]:
    base = _TEMPERATURES[boards.detector_type].get(arguments[0])
    if base is None:
        raise DetectorError(f"a {boards.detector_type} has no thermometer {arguments[0]}")
    return (base + _WARMED_BY_CHIPS * board.power.chip + _WARMER_PER_BOARD * board.index,)


SERVICE_FUNCTIONS: list[Function] = [
    Function("get_detector_type", "", "i", _detector_type, "JUNGFRAU or EIGER"),
    Function("initial_checks", "", "", _nothing, "always passed"),
    Function("get_server_version", "", "1000s", _server_version, "10.0"),
    Function("get_firmware_version", "", "q", _firmware, "a plausible number"),
    Function("get_hardware_version", "", "1000s", _hardware_version, "simulated"),
    Function("get_kernel_version", "", "1000s", _hardware_version, "simulated"),
    Function("get_serial_number", "", "q", _serial_number, "board, from 1"),
    Function("get_module_id", "", "i", _serial_number, "board, from 1"),
    Function("is_virtual", "", "i", _one, "yes: packets may go to 127.0.0.1"),
    Function("get_update_mode", "", "i", _zero, "no"),
    Function("get_chip_version", "", "i", _chip_version, "1.0, which has storage cells", _JUNGFRAU),
    Function("set_position", "2i", "", _nothing, "no effect"),
    *get_or_set("activate", Setting("service", "active", _SWITCH), "remembered only"),
    *get_and_set(
        "synchronization",
        "i",
        Setting("service", "synchronised", _SWITCH),
        "remembered only",
        _JUNGFRAU,
    ),
    *get_and_set("master", "i", Setting("service", "master", _SWITCH), "its triggers count"),
    *get_and_set("top", "i", Setting("service", "top", _SWITCH), "remembered only", _EIGER),
    *get_or_set("lock_server", Setting("service", "locked", _SWITCH), "remembered only"),
    *get_or_set("power_chip", Setting("power", "chip", _SWITCH), "power of the chips", _JUNGFRAU),
    Function("set_dac", "3i", "i", _converter, "high voltage; other DACs are remembered only"),
    Function("get_adc", "i", "i", _temperature, "temperatures, thousandths of a degree"),
    *get_or_set(
        "threshold_temp", Setting("service", "temperature_limit"), "remembered only", _JUNGFRAU
    ),
    *get_or_set(
        "temp_control",
        Setting("service", "temperature_control", _SWITCH),
        "remembered only",
        _JUNGFRAU,
    ),
    *get_or_set("temp_event", Setting("service", "temperature_event", (0,)), "none", _JUNGFRAU),
    *get_or_set(
        "auto_comp_disable",
        Setting("service", "comparator_disabled", _SWITCH),
        "remembered only",
        _JUNGFRAU,
    ),
]
