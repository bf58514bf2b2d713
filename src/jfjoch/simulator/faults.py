"""What goes wrong with packets on purpose."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BurstLoss:
    """Losses that begin at any packet with a probability and take packets of its port."""

    probability: float
    length: int
    """Packets in a row."""


@dataclass(frozen=True, slots=True)
class DeadModule:
    """A module that sends nothing from a frame of every acquisition on."""

    module: int
    frame: int
    """From 0."""


@dataclass(frozen=True, slots=True)
class Faults:
    """Probabilities are by packet, from 0 to 1."""

    loss: float = 0.0
    burst_loss: BurstLoss | None = None
    duplicate: float = 0.0
    """Sent twice."""
    reorder: int = 0
    """Most places by which a packet leaves earlier or later within those of its port."""
    corrupt: float = 0.0
    """Cut short, of another type of detector, or with a number no packet has."""
    wrong_version: float = 0.0
    """Of the header."""
    dead_module: DeadModule | None = None
    in_dark: bool = False
    """Also in acquisitions without light, those that a pedestal is measured from."""

    @property
    def any(self) -> bool:
        """Whether anything goes wrong at all."""
        return self != Faults(in_dark=self.in_dark)


NO_FAULTS = Faults()
