"""Payloads, read back by independent decoders."""

import importlib.util
from pathlib import Path

import bitshuffle
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
@pytest.mark.parametrize("shape", [(514, 1030), (3, 5), (1, 1), (1, 2000), (64, 64)])
def test_round_trip(compression: Compression, dtype: str, shape: tuple[int, int]) -> None:
    """B049: bslz4, bszstd, bszstd_rle (which is read as bszstd) and none."""
    image = counts(shape, dtype)
    compressed = Compressor(compression).compress(image)
    assert compressed.algorithm == compression.removesuffix("_rle")
    assert (compressed.height, compressed.width, compressed.dtype) == (*shape, dtype)
    np.testing.assert_array_equal(decompress(compressed), image)


@pytest.mark.parametrize("dtype", IMAGE_DTYPES)
@pytest.mark.parametrize(("compression", "code"), [("bslz4", 2), ("bszstd", 3), ("bszstd_rle", 3)])
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


@pytest.mark.skipif(
    importlib.util.find_spec("dectris") is None,
    reason="needs the decoder of the package dectris-compression (extra 'decoder')",
)
@pytest.mark.parametrize("dtype", IMAGE_DTYPES)
@pytest.mark.parametrize("compression", ["bslz4", "bszstd", "bszstd_rle"])
def test_payload_is_read_by_the_decoder_of_dectris(compression: Compression, dtype: str) -> None:
    from dectris.compression import decompress as dectris_decompress

    image = counts((514, 1030), dtype)
    compressed = Compressor(compression).compress(image)
    pixels = dectris_decompress(
        bytes(compressed.payload), compressed.algorithm, elem_size=image.itemsize
    )
    assert pixels == image.tobytes()


@pytest.mark.parametrize("compression", ALGORITHMS)
def test_payload_outlives_the_image(compression: Compression) -> None:
    """Workers use their image memory again at once, and compress while the last one is sent."""
    compressor = Compressor(compression)
    image = counts((514, 1030), "int16")
    original = image.copy()
    compressed = compressor.compress(image)
    image[:] = 0
    compressor.compress(image)
    np.testing.assert_array_equal(decompress(compressed), original)


@pytest.mark.parametrize("compression", ALGORITHMS)
def test_images_of_any_size_one_after_another(compression: Compression) -> None:
    """Memory grows with the images; what an image before left in it does not matter."""
    compressor = Compressor(compression)
    for shape, dtype in [((30, 50), "int32"), ((514, 1030), "int16"), ((9, 9), "uint8")] * 2:
        image = counts(shape, dtype)
        np.testing.assert_array_equal(decompress(compressor.compress(image)), image)


@pytest.mark.parametrize("compression", ALGORITHMS)
def test_memory_that_must_not_be_written_is_compressed(compression: Compression) -> None:
    image = counts((64, 64), "int16")
    image.flags.writeable = False
    np.testing.assert_array_equal(decompress(Compressor(compression).compress(image)), image)


@pytest.mark.parametrize("compression", ALGORITHMS)
@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 8), np.int16)[:, ::2],
        np.zeros((4, 8), ">i2"),
        np.zeros((4, 8), np.int64),
        np.zeros((4, 8), np.float32),
        np.zeros(8, np.int16),
    ],
)
def test_what_is_no_image_is_refused(compression: Compression, array: NDArray[np.generic]) -> None:
    with pytest.raises(ValueError, match=r"expected a C-contiguous image .* got "):
        Compressor(compression).compress(array)


@pytest.mark.parametrize("dtype", ["int16", "int32", "uint16", "uint32"])
@pytest.mark.parametrize("photons", [0.02, 0.1, 0.3, 1, 3, 10])
def test_counts_get_as_small_as_with_the_library(photons: float, dtype: str) -> None:
    image = np.random.default_rng(1).poisson(photons, (514, 1030)).astype(dtype)
    image[:, 500:508] = np.iinfo(dtype).min
    ours = Compressor("bslz4").compress(image).payload_bytes
    library = bitshuffle.compress_lz4(image, 8192 // image.itemsize).nbytes
    assert ours <= 1.03 * library
    runs_only = Compressor("bszstd_rle").compress(image).payload_bytes
    assert runs_only <= ours / 0.75


@pytest.mark.parametrize("compression", ["bslz4", "bszstd_rle"])
def test_noise_hardly_grows(compression: Compression) -> None:
    rng = np.random.default_rng(1)
    image = rng.integers(-(2**15), 2**15, (514, 1030)).astype(np.int16)
    assert Compressor(compression).compress(image).payload_bytes <= 1.005 * image.nbytes
