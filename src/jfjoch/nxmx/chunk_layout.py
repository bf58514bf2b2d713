"""How the images of a run lie in an HDF5 data set."""

from dataclasses import dataclass

import h5py
import hdf5plugin
import numpy as np

from jfjoch.messages.image import CompressedImage

BITSHUFFLE_FILTER = hdf5plugin.Bitshuffle.filter_id
_CODEC_NUMBERS = {"bslz4": 2, "bszstd": 3}
_HEADER_BYTES = 12
"""Before a bitshuffle chunk: size of the image (8 bytes, big endian), size of a block (4)."""


@dataclass(frozen=True, slots=True)
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
        if form != (self.height, self.width, self.dtype, self.algorithm):
            return False
        if image.algorithm == "none":
            return image.payload_bytes == image.image_bytes
        size = bytes(memoryview(image.payload)[:8])
        return (
            image.algorithm in _CODEC_NUMBERS
            and image.payload_bytes > _HEADER_BYTES
            and int.from_bytes(size, "big") == image.image_bytes
        )

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
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_chunk((1, self.height, self.width))
        properties.set_fill_value(np.array(self.error_value, dtype))
        if self.algorithm != "none":
            # Block size and codec only: the filter itself puts version and element size before
            # them, five in all. XDS plugins refuse the six that a zstd level would make.
            codec = (0, _CODEC_NUMBERS[self.algorithm])
            properties.set_filter(BITSHUFFLE_FILTER, h5py.h5z.FLAG_OPTIONAL, codec)
        return properties
