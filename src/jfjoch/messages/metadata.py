"""The numbers of many images."""

from dataclasses import dataclass

from jfjoch.messages.image import ImageMessage


@dataclass(frozen=True, slots=True)
class MetadataMessage:
    """Images of one run, without their pixels, in the order they were finished."""

    run_number: int
    run_name: str
    images: tuple[ImageMessage, ...]
    """Each with ``NO_PIXELS``."""
