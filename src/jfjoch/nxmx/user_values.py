"""/entry/user: values a user wants to find in the file again."""

import json
from collections.abc import Mapping
from typing import Any

import h5py
import numpy as np

from jfjoch.nxmx.fields import add_field, add_group
from jfjoch.nxmx.sample import nexus_name

_LONGEST_NAME = 255
_INTEGERS = np.iinfo(np.int64)


def write_user_values(entry: h5py.Group, header_appendix: Any) -> None:
    """NXcollection: the texts and numbers of the object ``hdf5`` in the header appendix.

    Characters that NeXus does not allow in a name become "_"; of several values that then have
    the same name the last one counts. Without ``hdf5`` there is no group.
    """
    values = user_values(header_appendix)
    if not values:
        return
    user = add_group(entry, "user", "NXcollection")
    for name, value in values.items():
        add_field(user, name, value)


def user_values(header_appendix: Any) -> dict[str, str | int | float]:
    """Return what can be stored, by its name in the file."""
    appendix = parsed_appendix(header_appendix)
    wanted = appendix.get("hdf5") if isinstance(appendix, Mapping) else None
    if not isinstance(wanted, Mapping):
        return {}
    return {
        nexus_name(str(name)[:_LONGEST_NAME]): value
        for name, value in wanted.items()
        if _is_storable(value)
    }


def parsed_appendix(header_appendix: Any) -> Any:
    """Return an appendix that is JSON text as what the text means, any other as it is (W037)."""
    if not isinstance(header_appendix, str):
        return header_appendix
    try:
        return json.loads(header_appendix)
    except (ValueError, RecursionError):
        return header_appendix


def _is_storable(value: object) -> bool:
    """Texts and numbers of 64 bits; no lists, objects, nulls or truth values."""
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return bool(_INTEGERS.min <= value <= _INTEGERS.max)
    return isinstance(value, str | float)
