"""How the images of a run lie in an HDF5 data set."""

from dataclasses import dataclass
from functools import cached_property

import h5py
import hdf5plugin
import numpy as np

from jfjoch.messages.image import CompressedImage

BITSHUFFLE_FILTER = hdf5plugin.Bitshuffle.filter_id
_CODEC_NUMBERS = {"bslz4": 2, "bszstd": 3}
_HEADER_BYTES = 12
"""Before a bitshuffle chunk: size of the image (8 bytes, big endian), size of a block (4)."""


@dataclass(frozen=True)
class ChunkLayout:
    """Form of one image and how it is compressed; one image is one chunk."""

    height: int
    width: int
    dtype: str
    error_value: int
    """Also what an image that never came reads as."""
    algorithm: str
    """"bslz4", "bszstd" or "none"."""

    def accepts(self, image: CompressedImage) -> bool:
        """Whether the bytes of an image can be stored here as they are."""
        form = (image.height, image.width, image.dtype, image.algorithm)
        if form != self._form:
            return False
        if image.algorithm == "none":
            return image.payload_bytes == image.image_bytes
        is_known = image.algorithm in _CODEC_NUMBERS and image.payload_bytes > _HEADER_BYTES
        return is_known and image.payload[:8] == self._size

    @cached_property
    def _form(self) -> tuple[int, int, str, str]:
        return self.height, self.width, self.dtype, self.algorithm

    @cached_property
    def _size(self) -> bytes:
        """As a bitshuffle chunk of such an image begins; asked for with each image."""
        image_bytes = self.height * self.width * np.dtype(self.dtype).itemsize
        return image_bytes.to_bytes(8, "big")

    def create_dataset(self, group: h5py.Group, name: str) -> h5py.Dataset:
        """Make an empty data set [0, height, width] that grows along its first axis."""
        dtype = np.dtype(self.dtype)
        shape = (self.height, self.width)
        space = h5py.h5s.create_simple((0, *shape), (h5py.h5s.UNLIMITED, *shape))
        created = h5py.h5d.create(
            group.id,
            name.encode(),
            h5py.h5t.py_create(dtype),
            space,
            self._properties(dtype),
        )
        return h5py.Dataset(created)

    def _properties(self, dtype: np.dtype[np.generic]) -> h5py.h5p.PropDCID:
        properties = chunked((1, self.height, self.width), self.algorithm)
        properties.set_fill_value(np.array(self.error_value, dtype))
        return properties


def chunked(shape: tuple[int, ...], algorithm: str) -> h5py.h5p.PropDCID:
    """Return the properties of a data set in chunks: "bslz4", "bszstd" or "none"."""
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_chunk(shape)
    if algorithm != "none":
        # Block size and codec only: the filter itself puts version and element size before
        # them, five in all. XDS plugins refuse the six that a zstd level would make.
        codec = (0, _CODEC_NUMBERS[algorithm])
        properties.set_filter(BITSHUFFLE_FILTER, h5py.h5z.FLAG_OPTIONAL, codec)
    return properties
