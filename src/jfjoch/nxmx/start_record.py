"""The start of the run in each of its data files, so that a lost master can be made again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import h5py
import numpy as np

from jfjoch.compression.library import library_chunk
from jfjoch.nxmx.chunk_layout import chunked
from jfjoch.nxmx.fields import set_attribute

_PATH = "/entry/start_message"
_LARGEST_CHUNK_BYTES = 1 << 20
_LARGEST_RECORD_BYTES = 1 << 30
"""As the largest message of the stream; a broken file can't ask for more memory."""


@dataclass(frozen=True, slots=True)
class StartRecord:
    """A start message as it travels, made small; its mask of mostly zeros shrinks a lot."""

    size_bytes: int
    """Of the message."""
    chunks: tuple[bytes, ...]
    """Of the bitshuffle filter."""

    @classmethod
    def of(cls, pieces: Iterable[bytes | memoryview]) -> "StartRecord":
        """Make the record of an encoded start message, given in pieces of any size."""
        views = [memoryview(piece).cast("B") for piece in pieces]
        size_bytes = sum(view.nbytes for view in views)
        slices = _slices(views, _chunk_bytes(size_bytes))
        chunks = (library_chunk(np.frombuffer(x, np.uint8), "bslz4") for x in slices)
        return cls(size_bytes, tuple(chunks))

    def write(self, file: h5py.File) -> None:
        """Put the record into a data file whose /entry is there."""
        chunk_bytes = _chunk_bytes(self.size_bytes)
        properties = chunked((chunk_bytes,), "bslz4")
        space = h5py.h5s.create_simple((self.size_bytes,))
        record = h5py.h5d.create(file.id, _PATH.encode(), h5py.h5t.NATIVE_UINT8, space, properties)
        for number, chunk in enumerate(self.chunks):
            record.write_direct_chunk((number * chunk_bytes,), chunk)
        set_attribute(h5py.Dataset(record), "encoding", "CBOR")


def read_start_record(file: h5py.File) -> bytes:
    """Return the encoded start message; b"" when there is none, or none that can be read."""
    try:
        record = file[_PATH]
        is_ours = isinstance(record, h5py.Dataset) and record.dtype == np.uint8
        is_small = is_ours and record.size <= _LARGEST_RECORD_BYTES
        return record[()].tobytes() if is_small else b""
    except (KeyError, OSError, RuntimeError):
        return b""


def _chunk_bytes(size_bytes: int) -> int:
    return min(size_bytes, _LARGEST_CHUNK_BYTES)


def _slices(views: Iterable[memoryview], slice_bytes: int) -> Iterator[bytes | memoryview]:
    """All the bytes in slices of one size, the last one filled up; large views aren't copied."""
    rest = b""
    for view in views:
        missing = -len(rest) % slice_bytes
        rest += view[:missing]
        if len(rest) == slice_bytes:
            yield rest
            rest = b""
        left = view[missing:]
        whole = left.nbytes // slice_bytes * slice_bytes
        for first in range(0, whole, slice_bytes):
            yield left[first : first + slice_bytes]
        rest += left[whole:]
    if rest:
        yield rest.ljust(slice_bytes, b"\0")
