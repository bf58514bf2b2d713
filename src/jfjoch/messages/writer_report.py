"""The writer's word to the broker."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class WriterReport:
    """How far a writer is; the only ground on which the broker calls an image written."""

    type: Literal["progress", "end", "recovered"]
    """"recovered": said of the files of a killed writer, once they are mended."""
    run_number: int
    run_name: str
    socket_number: int
    images_received: int
    images_on_disk: int
    free_bytes: int
    ok: bool
    error: str = ""

    @property
    def is_final(self) -> bool:
        """Whether the number of images does not change any more."""
        return self.type != "progress"

    @property
    def is_end(self) -> bool:
        """Whether the writer is done with the run."""
        return self.type == "end"
