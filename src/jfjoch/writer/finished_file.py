"""A data file that is complete."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FinishedFile:
    """Closed, under its final name, and not touched again."""

    number: int
    """From 0."""
    image_count: int
    """Images in it, gaps included."""
