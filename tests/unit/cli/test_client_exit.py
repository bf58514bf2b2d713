import pytest

from jfjoch.cli.broker_client import BrokerUnreachable, RequestRefused
from jfjoch.cli.client_exit import NotInThisState, TimedOut, exit_code
from jfjoch.errors import InvalidInput, JfjochError, OperationFailed


def refused(status: int) -> RequestRefused:
    return RequestRefused("GET /x", status, "no", None)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OperationFailed("x"), 1),
        (RequestRefused("POST /x", 500, "failed", "Other"), 1),
        (refused(404), 1),
        (refused(429), 1),
        (refused(503), 1),
        (InvalidInput("x"), 2),
        (refused(400), 2),
        (refused(403), 2),
        (refused(413), 2),
        (RequestRefused("POST /x", 500, "not now", "WrongDAQState"), 3),
        (NotInThisState("x"), 3),
        (TimedOut("x"), 4),
        (BrokerUnreachable("x"), 5),
    ],
)
def test_every_error_has_its_exit_code(error: JfjochError, code: int) -> None:
    assert exit_code(error) == code
