"""States and commands as a table: what a command may do where, and where the end of it leads.

No input or output, no lock, no clock: the broker holds its lock around ``command`` and ``event``
and acts on the outcome.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from jfjoch.errors import WrongState
from jfjoch.model.status import BrokerState

Command = Literal[
    "initialize",
    "pedestal",
    "start",
    "deactivate",
    "cancel",
    "trigger",
    "put_detector",
    "put_settings",
    "put_azim_int",
    "put_live",
    "select_detector",
    "put_user_mask",
    "put_generator_image",
    "wait",
]
"""``put_settings``: instrument, image_format, raw, conversion, roi.

``put_live``: what may change while measuring.
"""
Event = Literal[
    "armed", "completed", "failed_needs_initialize", "failed_run", "abandoned", "cancelled"
]
"""``failed_run`` leaves a usable detector; ``abandoned``: to be initialized anew."""
Effect = Literal["enter", "accept", "nothing"]

STATES: tuple[BrokerState, ...] = get_args(BrokerState)
COMMANDS: tuple[Command, ...] = get_args(Command)
EVENTS: tuple[Event, ...] = get_args(Event)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an allowed command does: enter ``state``, be carried out in it, or nothing at all."""

    effect: Effect
    state: BrokerState


def _enter(state: BrokerState, *allowed: BrokerState) -> dict[BrokerState, Outcome]:
    return {present: Outcome("enter", state) for present in allowed}


def _accept(*allowed: BrokerState) -> dict[BrokerState, Outcome]:
    return {present: Outcome("accept", present) for present in allowed}


def _nothing(*allowed: BrokerState) -> dict[BrokerState, Outcome]:
    return {present: Outcome("nothing", present) for present in allowed}


_TABLE: dict[Command, dict[BrokerState, Outcome]] = {
    "initialize": _enter("Busy", "Inactive", "Error", "Idle"),
    "pedestal": _enter("Pedestal", "Idle"),
    "start": _enter("Busy", "Idle"),
    "deactivate": _enter("Busy", "Error", "Idle"),
    "cancel": _nothing("Inactive", "Error", "Idle") | _accept("Busy", "Measuring", "Pedestal"),
    "trigger": _nothing("Inactive", "Error", "Idle", "Busy", "Pedestal") | _accept("Measuring"),
    "put_detector": _accept("Inactive", "Error") | _enter("Pedestal", "Idle"),
    "put_settings": _accept("Inactive", "Error", "Idle"),
    "put_azim_int": _accept("Inactive", "Idle"),
    "put_live": _accept(*STATES),
    "select_detector": _enter("Busy", "Inactive", "Error", "Idle"),
    "put_user_mask": _accept("Idle"),
    "put_generator_image": _accept("Idle"),
    "wait": _nothing(*STATES),
}
"""A state that is missing refuses the command."""

_EVENTS: dict[Event, dict[BrokerState, BrokerState]] = {
    "armed": {"Busy": "Measuring"},
    "completed": {"Busy": "Idle", "Measuring": "Idle", "Pedestal": "Idle"},
    "failed_needs_initialize": {"Busy": "Error", "Measuring": "Error", "Pedestal": "Error"},
    "failed_run": {"Busy": "Idle", "Measuring": "Idle"},
    "abandoned": {"Busy": "Inactive"},
    "cancelled": {"Busy": "Idle", "Measuring": "Idle", "Pedestal": "Idle"},
}


def taken_in(command: Command) -> dict[BrokerState, Outcome]:
    """Return where the command is taken, and what it does there; elsewhere it is refused."""
    return dict(_TABLE[command])


_WAY_OUT: dict[BrokerState, str] = {
    "Inactive": "initialize the detector first",
    "Error": "initialize the detector first",
    "Idle": "",
    "Busy": "wait for the end of what runs, or cancel it",
    "Measuring": "wait for the end of the run, or cancel it",
    "Pedestal": "wait for the end of the pedestal, or cancel it",
}
"""What to do about a refusal; in Idle nothing is refused."""


class StateMachine:
    """The present state; starts Inactive (B016). Not thread-safe: the owner brings the lock."""

    def __init__(self) -> None:
        self._state: BrokerState = "Inactive"

    @property
    def state(self) -> BrokerState:
        """The present state."""
        return self._state

    def outcome(self, command: Command) -> Outcome:
        """Return what the command would do now, and change nothing. Raises WrongState."""
        row = _TABLE[command]
        if self._state not in row:
            raise WrongState(command.replace("_", " "), _objection(self._state, row))
        return row[self._state]

    def command(self, command: Command) -> Outcome:
        """Take the command: the state is the outcome's afterwards. Raises WrongState."""
        outcome = self.outcome(command)
        self._state = outcome.state
        return outcome

    def event(self, event: Event) -> BrokerState:
        """Return the state that a running operation's event leads to; it is the present one now.

        Raises RuntimeError for an event that can't happen here: a defect, not a user's mistake.
        """
        row = _EVENTS[event]
        if self._state not in row:
            raise RuntimeError(
                f"event {event} in state {self._state}; expected in {', '.join(row)}"
            )
        self._state = row[self._state]
        return self._state


def _objection(state: BrokerState, row: dict[BrokerState, Outcome]) -> str:
    return f"is not allowed in {state}, only in {', '.join(row)}; {_WAY_OUT[state]}"
