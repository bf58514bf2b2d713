"""The size of an HDF5 file that the file itself notes."""

import os
from pathlib import Path

_HEAD = b"\x89HDF\r\n\x1a\n\x00"
"""Signature, and version 0 of what follows (HDF5 file format specification, II.A)."""
_ADDRESS_BYTES_AT, _ADDRESS_BYTES = 13, 8
_SIZE_AT = 40


def note_real_size(path: Path) -> None:
    """Let a file that a killed writer left note at least the size it has.

    HDF5 writes that number last. If it is too small, HDF5 finds no tables behind it, and puts what
    is new over images that are there. Raises OSError.
    """
    with path.open("r+b") as file:
        head = file.read(_SIZE_AT + _ADDRESS_BYTES)
        if not head.startswith(_HEAD) or head[_ADDRESS_BYTES_AT] != _ADDRESS_BYTES:
            return
        size = file.seek(0, os.SEEK_END)
        if int.from_bytes(head[_SIZE_AT:], "little") < size:
            file.seek(_SIZE_AT)
            file.write(size.to_bytes(_ADDRESS_BYTES, "little"))
