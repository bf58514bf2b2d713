"""Numbers that are kept for every image besides its pixels."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import h5py

from jfjoch.messages.image import ImageMessage
from jfjoch.nxmx.fields import Value, add_field, add_group, set_attribute


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One field with a number, or a row of numbers, for each image."""

    path: str
    """In the file, from its root."""
    dtype: str
    missing: float
    """What stands there for an image that never came, or was not looked at."""
    value: Callable[[ImageMessage], Any]
    """The number or row of an image; None where it has none. A short row is filled up."""
    row_shape: tuple[int, ...] = ()
    units: str | None = None
    description: str = ""

    def describe(self, field: h5py.Dataset) -> None:
        """Attach what the numbers mean."""
        if self.units is not None:
            set_attribute(field, "units", self.units)
        if self.description:
            set_attribute(field, "description", self.description)


@dataclass(frozen=True, slots=True)
class RunConstant:
    """One field that is the same for all images of a run."""

    path: str
    value: Value
    units: str | None = None

    def write(self, file: h5py.File) -> None:
        """Make the field, and the groups around it."""
        group, name = place_of(file, self.path)
        add_field(group, name, self.value, self.units)


def place_of(file: h5py.File, path: str) -> tuple[h5py.Group, str]:
    """Return the group that ``path`` lies in, and the name in it; groups are made as needed."""
    *groups, name = path.strip("/").split("/")
    place: h5py.Group = file
    for group in groups:
        place = place[group] if group in place else add_group(place, group, "NXcollection")
    return place, name
