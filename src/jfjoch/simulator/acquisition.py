"""What control tells the simulated detector to do, and what sends its frames."""

from dataclasses import dataclass
from typing import Literal, Protocol

from jfjoch.model.eiger_counter import ReadoutBits
from jfjoch.model.plan import GainStage


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the packets of one port of one module go."""

    ipv4: str
    port: int


@dataclass(frozen=True, slots=True)
class Acquisition:
    """One acquisition, as the detector was configured when it was started. SI units."""

    destinations: tuple[tuple[Destination, ...], ...]
    """[modules][ports]; JUNGFRAU 1 or 2 ports, EIGER 4 (see ``packets.layout``)."""
    frame_count: int
    """Over all triggers; storage cells included."""
    frames_per_trigger: int
    """Equal to ``frame_count`` when no trigger is awaited."""
    wait_for_trigger: bool
    period_s: float
    exposure_s: float
    first_frame_number: int = 1
    gain_stage: GainStage = "dynamic"
    use_hg0: bool = False
    dark: bool = False
    """Shutter closed."""
    storage_cell_count: int = 1
    first_storage_cell: int = 0
    bits: ReadoutBits = 16
    """EIGER: read-out depth."""
    threshold_keV: float | None = None  # noqa: N815 (unit)
    """EIGER."""
    transmission_delay_s: tuple[float, ...] = ()
    """By module: how long it waits before it sends a frame; () = none waits."""


EmitterState = Literal["idle", "waiting", "running"]


class FrameEmitter(Protocol):
    """Sends the frames of acquisitions; its methods may be called from any thread."""

    def start(self, acquisition: Acquisition) -> None:
        """Begin. Raises DetectorError when it can't, or one is under way."""

    def trigger(self) -> None:
        """Release the frames of one trigger; no effect where none is awaited."""

    def stop(self) -> None:
        """End the acquisition after the frame that is being sent; returns when it has ended."""

    @property
    def state(self) -> EmitterState:
        """Waiting = for a trigger."""

    @property
    def triggers_left(self) -> int:
        """Triggers the acquisition has yet to get."""

    @property
    def frames_sent(self) -> int:
        """Of the present or last acquisition, of each module."""
