"""Groups, fields and attributes in the form NeXus readers expect."""

from typing import Any

import h5py
import numpy as np
from h5py import h5a, h5d, h5p, h5s, h5t
from numpy.typing import NDArray

Value = Any
"""A number, text, or an array or sequence of either; what a field can hold."""


def add_group(parent: h5py.Group, name: str, nx_class: str) -> h5py.Group:
    """Make a group of the given NeXus class."""
    group = parent.create_group(name)
    set_attribute(group, "NX_class", nx_class)
    return group


def add_field(
    parent: h5py.Group, name: str, value: Value, units: str | None = None, **attributes: Value
) -> h5py.Dataset:
    """Make a field; text becomes a variable-length string, booleans become 0 or 1.

    ``name`` is ASCII, as NeXus wants it.
    """
    if isinstance(value, bool):
        value = np.int32(value)  # C readers know no HDF5 enum
    content = _array(value)
    field = h5d.create(parent.id, name.encode("ascii"), _type(content), _space(content), _UNTIMED)
    field.write(h5s.ALL, h5s.ALL, content)
    dataset = h5py.Dataset(field)
    if units is not None:
        set_attribute(dataset, "units", units)
    for attribute, of_field in attributes.items():
        set_attribute(dataset, attribute, of_field)
    return dataset


def set_attribute(node: h5py.Group | h5py.Dataset, name: str, value: Value) -> None:
    """Attach an attribute; text as a variable-length string, ASCII wherever the text is."""
    content = _array(value)
    h5a.create(node.id, name.encode("ascii"), _type(content), _space(content)).write(content)


def storable(text: str) -> str:
    """Return the text without what an HDF5 string can't hold: NUL, and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


# HDF5 is called directly from here on: h5py's own way takes twice as long, for a master file with
# its hundred fields as long as writing thirty images of a megabyte.
_UNTIMED = h5p.create(h5p.DATASET_CREATE)
_UNTIMED.set_obj_track_times(False)
_ASCII, _UTF_8 = h5py.string_dtype("ascii"), h5py.string_dtype("utf-8")


def _array(value: Value) -> NDArray[Any]:
    if isinstance(value, str):
        return np.array(storable(value), _ASCII if value.isascii() else _UTF_8)
    return np.asarray(value, order="C")


def _type(content: NDArray[Any]) -> h5t.TypeID:
    return h5t.py_create(content.dtype, logical=True)


def _space(content: NDArray[Any]) -> h5s.SpaceID:
    return h5s.create_simple(content.shape)
