"""A unit cell within a message."""

from jfjoch.messages.start import UnitCell
from jfjoch.stream.cbor.fields import Fields

_KEYS = ("a", "b", "c", "alpha", "beta", "gamma")


def unit_cell_entry(cell: UnitCell | None) -> dict[str, float] | None:
    """Return the cell as an entry for ``encode_map``."""
    if cell is None:
        return None
    return {key: getattr(cell, key) for key in _KEYS}


def read_unit_cell(cell: Fields) -> UnitCell | None:
    """Return the cell, None of an empty map; StreamError names the key that is wrong."""
    if not cell.names:
        return None
    return UnitCell(*(cell.number(key) for key in _KEYS))
