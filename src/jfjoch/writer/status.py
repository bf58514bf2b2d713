"""What the writer does at a moment."""

from dataclasses import dataclass, field
from typing import Literal

State = Literal["Idle", "Writing", "Error"]


@dataclass(frozen=True, slots=True)
class Totals:
    """Counted since the service started."""

    runs: int = 0
    images_received: int = 0
    images_written: int = 0
    images_lost: int = 0
    broken_messages: int = 0
    stray_messages: int = 0


@dataclass(frozen=True, slots=True)
class WriterStatus:
    """The present run, or else the last one; before the first run all is zero or empty."""

    state: State = "Idle"
    """Error: the run is not written, or was not as a whole; ``message`` says why."""
    run_number: int | None = None
    run_name: str = ""
    file_prefix: str = ""
    images_expected: int = 0
    """By this writer, if several share the run."""
    images_received: int = 0
    images_written: int = 0
    """A reader finds them even if the writer is killed now."""
    images_lost: int = 0
    """Of those received; once the run is over also those that never came."""
    current_file: str = ""
    """The data file being written, relative to the root."""
    free_bytes: int = 0
    images_per_s: float = 0.0
    message: str = ""
    totals: Totals = field(default_factory=Totals)

    @property
    def progress(self) -> float:
        """Part of the expected images that is written, 0 to 1."""
        return self.images_written / self.images_expected if self.images_expected else 0.0
