"""The start of the run in each of its data files, so that a lost master can be made again."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import h5py
import numpy as np

from jfjoch.nxmx.fields import set_attribute

_PATH = "/entry/start_message"
_ENCODING = "zlib"
_FASTEST = 1
_SMALL_TABLES = 4
"""They stay in the processor's cache: a quarter less time for a mask of mostly zeros."""
_LARGEST_RECORD_BYTES = 1 << 30
"""As the largest message of the stream; a broken file can't ask for more memory."""


@dataclass(frozen=True, slots=True)
class StartRecord:
    """A start message as it travels, made small; its mask of mostly zeros shrinks a lot."""

    compressed: bytes

    @classmethod
    def of(cls, pieces: Iterable[bytes | memoryview]) -> "StartRecord":
        """Make the record of an encoded start message, given in pieces of any size."""
        compressor = zlib.compressobj(_FASTEST, memLevel=_SMALL_TABLES)
        parts = [compressor.compress(piece) for piece in pieces]
        return cls(b"".join((*parts, compressor.flush())))

    def write(self, file: h5py.File) -> None:
        """Put the record into a data file whose /entry is there."""
        record = file.create_dataset(_PATH, data=np.frombuffer(self.compressed, np.uint8))
        set_attribute(record, "encoding", _ENCODING)


def read_start_record(file: h5py.File) -> bytes:
    """Return the encoded start message; b"" when there is none, or none that can be read."""
    try:
        compressed = file[_PATH][()].tobytes()
        return zlib.decompressobj().decompress(compressed, _LARGEST_RECORD_BYTES)
    except (KeyError, OSError, RuntimeError, zlib.error):
        return b""
