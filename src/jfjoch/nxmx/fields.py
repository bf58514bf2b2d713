"""Groups, fields and attributes in the form NeXus readers expect."""

from typing import Any

import h5py
import numpy as np

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
    """Make a field; text becomes a variable-length string, booleans become 0 or 1."""
    if isinstance(value, str):
        field = parent.create_dataset(name, data=storable(value), dtype=_text_type(value))
    elif isinstance(value, bool):
        field = parent.create_dataset(name, data=np.int32(value))  # C readers know no HDF5 enum
    else:
        field = parent.create_dataset(name, data=value)
    if units is not None:
        set_attribute(field, "units", units)
    for attribute, content in attributes.items():
        set_attribute(field, attribute, content)
    return field


def set_attribute(node: h5py.Group | h5py.Dataset, name: str, value: Value) -> None:
    """Attach an attribute; text as a variable-length string, ASCII wherever the text is."""
    if isinstance(value, str):
        node.attrs.create(name, storable(value), dtype=_text_type(value))
    else:
        node.attrs[name] = value


def storable(text: str) -> str:
    """Return the text without what an HDF5 string can't hold: NUL, and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _text_type(text: str) -> np.dtype[Any]:
    kind: np.dtype[Any] = h5py.string_dtype("ascii" if text.isascii() else "utf-8")
    return kind
