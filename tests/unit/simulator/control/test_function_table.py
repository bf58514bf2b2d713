"""Numbers, sizes and settings of all simulated functions."""

import struct
from itertools import product

import pytest

from jfjoch.model.detector import DetectorType
from jfjoch.simulator.control.board import new_board
from jfjoch.simulator.control.control_server import ControlServer
from jfjoch.simulator.control.function import Function, Setting
from jfjoch.simulator.control.function_names import FUNCTION_IDS, FUNCTION_NAMES, function_name
from jfjoch.simulator.control.function_table import FUNCTIONS, functions_of
from tests.helpers.control_client import TEXT_BYTES, ControlClient
from tests.helpers.control_server_process import simulated_detector
from tests.helpers.ports import free_tcp_ports
from tests.helpers.recording_emitter import RecordingEmitter

TYPES: tuple[DetectorType, ...] = ("JUNGFRAU", "EIGER")
_TRIES = (-1, 0, 1, 7, 60, 79)
"""Arguments of which every function accepts some."""
_NEEDS_MORE = {"start_acquisition", "software_trigger"}
"""Refused by a board that was told no destination yet, and no trigger mode."""


def test_numbers_on_the_wire() -> None:
    """As slsdet 10.0.1 sends them; the first, the last and the ones beside unused numbers."""
    expected = {
        "exec_command": 0,
        "get_detector_type": 1,
        "start_acquisition": 19,
        "get_run_status": 21,
        "initial_checks": 96,
        "get_master": 207,
        "set_gain_caps": 209,
        "get_kernel_version": 241,
        "update_detector_server": 243,
        "set_pattern_wait_interval": 285,
    }
    assert {name: FUNCTION_IDS[name] for name in expected} == expected
    assert len(FUNCTION_NAMES) == 286
    assert [function_name(number) for number in (-1, 1, 286)] == [
        "unknown",
        "get_detector_type",
        "unknown",
    ]


@pytest.mark.parametrize("detector_type", TYPES)
def test_each_function_stands_once_for_a_detector(detector_type: DetectorType) -> None:
    of_type = [x for x in FUNCTIONS if detector_type in x.detectors]
    assert len(functions_of(detector_type)) == len(of_type)


@pytest.mark.parametrize("detector_type", TYPES)
def test_settings_are_fields_of_a_new_board_that_allow_its_value(
    detector_type: DetectorType,
) -> None:
    board = new_board(detector_type, 1)
    settings = {
        owner
        for function in functions_of(detector_type).values()
        if isinstance(owner := getattr(function.handler, "__self__", None), Setting)
    }
    assert len(settings) > 30
    unset = {("service", "trimbits")}
    for setting in settings:
        value = setting.read(board)
        if (setting.group, setting.name) not in unset:
            assert value in setting.allowed, setting


@pytest.mark.parametrize("detector_type", TYPES)
def test_every_function_answers_the_exact_number_of_bytes(detector_type: DetectorType) -> None:
    """Commands follow one another on one connection: a byte too many would spoil the next."""
    port = free_tcp_ports(4)
    server = ControlServer(simulated_detector(detector_type, 1), RecordingEmitter(), port)
    with server, ControlClient(port) as client:
        for number, function in functions_of(detector_type).items():
            accepted = [_accepted(client, number, function, value) for value in _TRIES]
            assert any(accepted) != (function.name in _NEEDS_MORE), function.name


def _accepted(client: ControlClient, number: int, function: Function, value: int) -> bool:
    values = [_fitting(value, form) for form in _forms(function.arguments)]
    if function.further_arguments is not None:
        values = [0, 0, 0, 0, 1, 0, 0, 5000, 0, 0]
    client.send(struct.pack(f"<i{function.arguments}", number, *values))
    (failed,) = struct.unpack("<i", client.receive(4))
    assert failed in (0, 1), function.name
    if failed:
        text = client.receive(TEXT_BYTES).rstrip(b"\0").decode()
        assert text.isprintable(), text
        assert text, function.name
    else:
        client.receive(struct.calcsize("<" + function.answer))
    return not failed


def _forms(arguments: str) -> list[str]:
    count = "".join(x for x in arguments if x.isdigit())
    letters = arguments[len(count) :]
    return list(letters * int(count or 1))


def _fitting(value: int, form: str) -> int:
    return abs(value) if form.isupper() else value


def test_all_combinations_of_a_dac_call_fit() -> None:
    """DAC number, millivolts or not, value or -1 to ask."""
    function = next(x for x in FUNCTIONS if x.name == "set_dac")
    port = free_tcp_ports(4)
    with (
        ControlServer(simulated_detector("JUNGFRAU", 2), RecordingEmitter(), port),
        ControlClient(port) as client,
    ):
        for arguments in product((0, 77, 99, 100, -5), (0, 1), (-1, 0, 59, 60, 200, 201)):
            client.send(struct.pack("<4i", FUNCTION_IDS[function.name], *arguments))
            (failed,) = struct.unpack("<i", client.receive(4))
            client.receive(TEXT_BYTES if failed else 4)
            number, _, value = arguments
            refused = number in (100, -5) or (number == 77 and value in (59, 201))
            assert bool(failed) == refused, arguments
