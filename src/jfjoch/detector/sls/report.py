"""What boards say of themselves, and what that means for the detector."""

from collections.abc import Iterable
from dataclasses import dataclass

from jfjoch.detector.sls.boards import BOARDS_PER_MODULE
from jfjoch.model.detector import DetectorType
from jfjoch.model.detector_status import DetectorPowerState, DetectorState, DetectorStatus

_BUSY = {"RUNNING", "TRANSMITTING"}
_PRESENT = {"WAITING", *_BUSY}

NOT_CONNECTED = DetectorStatus(
    state="Not connected",
    powerchip="PowerOff",
    server_version="",
    number_of_triggers_left=0,
    fpga_temp_degC=[],
    high_voltage_V=[],
)


@dataclass(frozen=True, slots=True)
class BoardReport:
    """Answers of all boards, in their order."""

    states: list[str]
    """Names of run states in slsdet."""
    powered: list[bool]
    """Empty for an EIGER, whose chips are always on."""
    server_versions: list[str]
    triggers_left: list[int]
    """Empty for an EIGER, which does not tell."""
    temperatures_degC: list[int]  # noqa: N815 (unit)
    high_voltages_V: list[int]  # noqa: N815 (unit)
    """Negative for boards without a supply of their own: all but one of an EIGER."""


def is_idle(states: Iterable[str]) -> bool:
    """Tell whether no frame is awaited, taken or sent any more."""
    return not _PRESENT.intersection(states)


def failed_boards(states: Iterable[str]) -> list[int]:
    """Return the boards in error."""
    return [board for board, state in enumerate(states) if state == "ERROR"]


def detector_status(report: BoardReport, detector_type: DetectorType) -> DetectorStatus:
    """Return the answer of GET /detector/status (B145); lists have an entry for each module.

    Of the two halves of an EIGER module the warmer one counts.
    """
    boards = BOARDS_PER_MODULE[detector_type]
    supplied = max(report.high_voltages_V)
    modules = range(0, len(report.states), boards)
    temperatures = [max(report.temperatures_degC[at : at + boards]) for at in modules]
    voltages = [max(report.high_voltages_V[at : at + boards]) for at in modules]
    return DetectorStatus(
        state=_state(report.states),
        powerchip=_power(report.powered),
        server_version=", ".join(sorted(set(report.server_versions))),
        number_of_triggers_left=max(report.triggers_left, default=0),
        fpga_temp_degC=temperatures,
        high_voltage_V=[supplied if voltage < 0 else voltage for voltage in voltages],
    )


def _state(states: list[str]) -> DetectorState:
    if failed_boards(states):
        return "Error"
    if _BUSY.intersection(states):
        return "Busy"
    return "Idle" if is_idle(states) else "Waiting"


def _power(powered: list[bool]) -> DetectorPowerState:
    if all(powered):
        return "PowerOn"
    return "Partial" if any(powered) else "PowerOff"
