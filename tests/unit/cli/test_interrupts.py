import signal
from collections.abc import Iterator

import pytest

from jfjoch.cli.interrupts import Interrupts
from jfjoch.errors import Cancelled

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture
def interrupts() -> Iterator[Interrupts]:
    before = [signal.getsignal(number) for number in SIGNALS]
    installed = Interrupts()
    installed.install()
    yield installed
    for number, handler in zip(SIGNALS, before, strict=True):
        signal.signal(number, handler)


def test_without_a_signal_a_pause_just_ends(interrupts: Interrupts) -> None:
    interrupts.pause(0.0)
    interrupts.pause(0.01)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_takes_effect_in_the_next_pause(
    interrupts: Interrupts, number: signal.Signals
) -> None:
    signal.raise_signal(number)  # nothing happens here
    with pytest.raises(Cancelled):
        interrupts.pause(3600.0)


def test_once_asked_every_pause_ends(interrupts: Interrupts) -> None:
    signal.raise_signal(signal.SIGINT)
    for _ in range(2):
        with pytest.raises(Cancelled):
            interrupts.pause(3600.0)
