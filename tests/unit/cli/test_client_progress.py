import pytest

from jfjoch.cli.client_progress import ProgressDisplay
from jfjoch.model.status import BrokerState, BrokerStatus


def status(state: BrokerState, progress: float, message: str = "") -> BrokerStatus:
    return BrokerStatus(state=state, progress=progress, message=message, message_severity="info")


def test_without_a_terminal_a_line_comes_with_every_tenth(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with ProgressDisplay() as display:
        display.show(status("Busy", 0.0, "arming \x1b[2J"))
        for percent in range(0, 101, 5):
            display.show(status("Measuring", percent / 100))
        display.complete()
    first, *lines = capsys.readouterr().err.splitlines()
    assert first == "Busy  0%  arming \\x1b[2J"
    assert lines == [f"Measuring  {percent}%" for percent in range(0, 101, 10)]
