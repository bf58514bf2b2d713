"""Pulses of a simulated free-electron laser."""

from dataclasses import dataclass

_FIRST_PULSE_ID = 1_000_000_000
_EVENT_CODES = (1, 2)
"""As if a pump laser hit the sample in every other pulse."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a detector is told about a pulse; it fits the packet header (32 and 8 bit)."""

    pulse_id: int
    event_code: int


class PulseTrain:
    """Numbers the pulses of one run after another; not thread-safe."""

    def __init__(self) -> None:
        self._first_id = _FIRST_PULSE_ID
        self._pulses_used = 0

    def start(self) -> None:
        """Begin a run; its pulses follow those of the run before."""
        self._first_id += self._pulses_used
        self._pulses_used = 0

    def pulse(self, number: int) -> Pulse:
        """Return a pulse of the run, counted from 0."""
        self._pulses_used = max(self._pulses_used, number + 1)
        pulse_id = self._first_id + number
        return Pulse(pulse_id, _EVENT_CODES[pulse_id % len(_EVENT_CODES)])
