"""From the answers of boards to /detector/status (B145)."""

from typing import Any

import pytest

from jfjoch.detector.sls.report import BoardReport, detector_status, failed_boards, is_idle


def report(**changed: Any) -> BoardReport:
    values: dict[str, Any] = {
        "states": ["IDLE", "IDLE"],
        "powered": [True, True],
        "server_versions": ["10.0.0", "10.0.0"],
        "triggers_left": [0, 0],
        "temperatures_degC": [41, 43],
        "high_voltages_V": [120, 120],
    }
    return BoardReport(**(values | changed))


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["IDLE", "IDLE"], "Idle"),
        (["STOPPED", "RUN_FINISHED"], "Idle"),
        (["WAITING", "WAITING"], "Waiting"),
        (["WAITING", "IDLE"], "Waiting"),
        (["RUNNING", "WAITING"], "Busy"),
        (["IDLE", "TRANSMITTING"], "Busy"),
        (["ERROR", "RUNNING"], "Error"),
    ],
)
def test_state_is_that_of_the_board_that_matters_most(states: list[str], expected: str) -> None:
    assert detector_status(report(states=states), "JUNGFRAU").state == expected
    assert is_idle(states) == (expected == "Idle")
    assert failed_boards(states) == ([0] if expected == "Error" else [])


@pytest.mark.parametrize(
    ("powered", "expected"),
    [([True, True], "PowerOn"), ([True, False], "Partial"), ([False, False], "PowerOff")],
)
def test_power(powered: list[bool], expected: str) -> None:
    assert detector_status(report(powered=powered), "JUNGFRAU").powerchip == expected


def test_figures_of_modules() -> None:
    status = detector_status(report(triggers_left=[3, 4]), "JUNGFRAU")
    assert status.number_of_triggers_left == 4
    assert status.fpga_temp_degC == [41, 43]
    assert status.high_voltage_V == [120, 120]
    assert status.server_version == "10.0.0"


def test_boards_of_different_versions_are_told_apart() -> None:
    status = detector_status(report(server_versions=["10.0.1", "10.0.0"]), "JUNGFRAU")
    assert status.server_version == "10.0.0, 10.0.1"


def test_module_of_an_eiger_is_two_boards_and_has_one_supply() -> None:
    status = detector_status(
        report(
            states=["IDLE"] * 4,
            powered=[],
            triggers_left=[],
            temperatures_degC=[40, 41, 43, 42],
            high_voltages_V=[150, -999, -999, -999],
        ),
        "EIGER",
    )
    assert status.fpga_temp_degC == [41, 43]
    assert status.high_voltage_V == [150, 150]
    assert (status.powerchip, status.number_of_triggers_left) == ("PowerOn", 0)
