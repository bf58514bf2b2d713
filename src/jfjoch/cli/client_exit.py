"""Exit codes: what became of a command, for scripts."""

from enum import IntEnum

from jfjoch.cli.broker_client import BrokerUnreachable, RequestRefused
from jfjoch.errors import InvalidInput, JfjochError


class ExitCode(IntEnum):
    """Of the command ``jfjoch``."""

    OK = 0
    FAILED = 1
    BAD_INPUT = 2
    WRONG_STATE = 3
    TIMED_OUT = 4
    UNREACHABLE = 5
    INTERRUPTED = 130


class TimedOut(JfjochError):
    """What was waited for has not ended yet."""


class NotInThisState(JfjochError):
    """The broker's state makes the command pointless."""


_CODES: dict[type[JfjochError], ExitCode] = {
    InvalidInput: ExitCode.BAD_INPUT,
    NotInThisState: ExitCode.WRONG_STATE,
    TimedOut: ExitCode.TIMED_OUT,
    BrokerUnreachable: ExitCode.UNREACHABLE,
}
_NOT_THE_INPUT = (404, 408, 429)
"""Of the answers from 400 to 499: nothing there yet, too slow, too many."""


def exit_code(error: JfjochError) -> ExitCode:
    """Return the exit code of a command that ends with this error."""
    if isinstance(error, RequestRefused):
        return _code_of_refusal(error)
    return next((code for kind, code in _CODES.items() if isinstance(error, kind)), ExitCode.FAILED)


def _code_of_refusal(refusal: RequestRefused) -> ExitCode:
    if refusal.answered_reason == "WrongDAQState":
        return ExitCode.WRONG_STATE
    if 400 <= refusal.status < 500 and refusal.status not in _NOT_THE_INPUT:
        return ExitCode.BAD_INPUT
    return ExitCode.FAILED
