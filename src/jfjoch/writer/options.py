"""What an operator decides about the files."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WriterOptions:
    """Valid for all runs of a writer."""

    follow_links: bool = False
    """Whether symbolic links may lead out of the root directory."""
    overwrite: bool = False
    """Whether a run may replace files of the same name."""
    stream_address: str = ""
    """Where the images come from: the broker listens for reports on the same machine."""
