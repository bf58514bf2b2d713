"""Payloads, read back by independent decoders."""

from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401  (registers the bitshuffle filter)
import numpy as np
import pytest
from numpy.typing import NDArray

from jfjoch.compression.compressor import Compressor
from jfjoch.compression.decompression import decompress
from jfjoch.kernels.counts import IMAGE_DTYPES
from jfjoch.model.dataset import Compression

BITSHUFFLE_FILTER = 32008
ALGORITHMS: tuple[Compression, ...] = ("bslz4", "bszstd", "bszstd_rle", "none")


def counts(shape: tuple[int, int], dtype: str) -> NDArray[np.integer]:
    rng = np.random.default_rng(1)
    image = rng.poisson(0.5, shape).astype(dtype)
    image[rng.random(shape) < 0.01] = np.iinfo(dtype).min
    return image


@pytest.mark.parametrize("dtype", IMAGE_DTYPES)
@pytest.mark.parametrize("compression", ALGORITHMS)
@pytest.mark.parametrize("shape", [(514, 1030), (3, 5), (1, 1), (64, 64), (97, 89)])
def test_round_trip(compression: Compression, dtype: str, shape: tuple[int, int]) -> None:
    image = counts(shape, dtype)
    compressed = Compressor(compression).compress(image)
    assert compressed.algorithm == compression.removesuffix("_rle")
    assert (compressed.height, compressed.width, compressed.dtype) == (*shape, dtype)
    np.testing.assert_array_equal(decompress(compressed), image)


@pytest.mark.parametrize("dtype", IMAGE_DTYPES)
@pytest.mark.parametrize(("compression", "code"), [("bslz4", 2), ("bszstd", 3)])
def test_payload_is_a_chunk_of_the_hdf5_filter(
    tmp_path: Path, compression: Compression, code: int, dtype: str
) -> None:
    """Read by h5py with the filter of hdf5plugin, which is none of our code."""
    image = counts((514, 1030), dtype)
    payload = Compressor(compression).compress(image).payload
    with h5py.File(tmp_path / "image.h5", "w") as file:
        dataset = file.create_dataset(
            "data",
            (1, *image.shape),
            dtype,
            chunks=(1, *image.shape),
            compression=BITSHUFFLE_FILTER,
            compression_opts=(0, code),
        )
        dataset.id.write_direct_chunk((0, 0, 0), payload)
    with h5py.File(tmp_path / "image.h5") as file:
        np.testing.assert_array_equal(file["data"][0], image)


@pytest.mark.parametrize("compression", ALGORITHMS)
def test_payload_outlives_the_image(compression: Compression) -> None:
    """Workers use their image memory again at once."""
    image = counts((514, 1030), "int16")
    original = image.copy()
    compressed = Compressor(compression).compress(image)
    image[:] = 0
    np.testing.assert_array_equal(decompress(compressed), original)


def test_counts_get_smaller() -> None:
    image = counts((514, 1030), "int16")
    for compression in ("bslz4", "bszstd"):
        compressed = Compressor(compression).compress(image)
        assert compressed.payload_bytes < compressed.image_bytes / 4
