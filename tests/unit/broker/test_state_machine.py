"""Every state and every command against a table written by hand."""

import pytest

from jfjoch.broker.state_machine import COMMANDS, EVENTS, STATES, Command, Event, StateMachine
from jfjoch.errors import WrongState
from jfjoch.model.status import BrokerState

# Columns: Inactive, Error, Idle, Busy, Measuring, Pedestal. X = refused, "." = no effect,
# "=" = carried out without a change of state, else the state that is entered (B015-B017).
EXPECTED_COMMANDS = """
initialize                     Busy Busy Busy     X  X  X
pedestal                       X    X    Pedestal X  X  X
start                          X    X    Busy     X  X  X
deactivate                     X    Busy Busy     X  X  X
cancel                         .    .    .        =  =  =
trigger                        .    .    .        .  =  .
put_detector                   =    =    Pedestal X  X  X
put_settings                   =    =    =        X  X  X
put_azim_int                   =    X    =        X  X  X
put_live                       =    =    =        =  =  =
select_detector                Busy Busy Busy     X  X  X
put_user_mask                  X    X    =        X  X  X
put_generator_image            X    X    =        X  X  X
wait                           .    .    .        .  .  .
"""
# The state each event leads to; "-" = can't happen there.
EXPECTED_EVENTS = """
armed                    -  -  -  Measuring  -     -
completed                -  -  -  Idle       Idle  Idle
failed_needs_initialize  -  -  -  Error      Error Error
failed_run               -  -  -  Idle       Idle  -
abandoned                -  -  -  Inactive   -     -
cancelled                -  -  -  Idle       Idle  Idle
"""
COLUMNS: tuple[BrokerState, ...] = ("Inactive", "Error", "Idle", "Busy", "Measuring", "Pedestal")
ROUTES: dict[BrokerState, list[tuple[str, str]]] = {
    "Inactive": [],
    "Busy": [("command", "initialize")],
    "Error": [("command", "initialize"), ("event", "failed_needs_initialize")],
    "Idle": [("command", "initialize"), ("event", "completed")],
    "Measuring": [("command", "initialize"), ("event", "armed")],
    "Pedestal": [("command", "initialize"), ("event", "completed"), ("command", "pedestal")],
}


def machine_in(state: BrokerState) -> StateMachine:
    machine = StateMachine()
    for method, argument in ROUTES[state]:
        getattr(machine, method)(argument)
    assert machine.state == state
    return machine


def cells(table: str) -> list[tuple[str, BrokerState, str]]:
    rows = [line.split() for line in table.strip().splitlines()]
    return [
        (name, state, cell) for name, *row in rows for state, cell in zip(COLUMNS, row, strict=True)
    ]


@pytest.mark.parametrize(("command", "state", "expected"), cells(EXPECTED_COMMANDS))
def test_command(command: Command, state: BrokerState, expected: str) -> None:
    machine = machine_in(state)
    if expected == "X":
        with pytest.raises(WrongState, match=f"not allowed in {state}"):
            machine.command(command)
        assert machine.state == state
        return
    outcome = machine.command(command)
    effects = {".": ("nothing", state), "=": ("accept", state)}
    assert (outcome.effect, outcome.state) == effects.get(expected, ("enter", expected))
    assert machine.state == outcome.state


@pytest.mark.parametrize(("event", "state", "expected"), cells(EXPECTED_EVENTS))
def test_event(event: Event, state: BrokerState, expected: str) -> None:
    machine = machine_in(state)
    if expected == "-":
        with pytest.raises(RuntimeError, match=f"{event} in state {state}"):
            machine.event(event)
        assert machine.state == state
        return
    assert machine.event(event) == expected == machine.state


def test_tables_here_are_complete() -> None:
    commands = {(name, state) for name, state, _ in cells(EXPECTED_COMMANDS)}
    assert commands == {(command, state) for command in COMMANDS for state in STATES}
    events = {(name, state) for name, state, _ in cells(EXPECTED_EVENTS)}
    assert events == {(event, state) for event in EVENTS for state in STATES}


def test_outcome_looks_without_touching() -> None:
    machine = machine_in("Idle")
    assert machine.outcome("start").state == "Busy"
    assert machine.state == "Idle"


def test_refusal_names_command_state_and_where_it_is_allowed() -> None:
    """B003, B007."""
    with pytest.raises(
        WrongState, match="put detector is not allowed in Busy, only in Inactive, Error, Idle"
    ):
        machine_in("Busy").command("put_detector")


@pytest.mark.parametrize(
    ("state", "way_out"),
    [
        ("Inactive", "initialize"),
        ("Error", "initialize"),
        ("Busy", "cancel"),
        ("Measuring", "cancel"),
        ("Pedestal", "cancel"),
    ],
)
def test_refusal_says_what_to_do(state: BrokerState, way_out: str) -> None:
    """B007."""
    with pytest.raises(WrongState, match=f"not allowed in {state}, only in .*; .*{way_out}"):
        machine_in(state).command("start")


def test_nothing_is_refused_in_idle() -> None:
    """B017: so there is nothing to advise."""
    for command in COMMANDS:
        machine_in("Idle").command(command)
