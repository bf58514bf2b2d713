"""Damaged payloads are refused before a C library could read beyond them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jfjoch.compression.compressor import Compressor
from jfjoch.compression.decompression import decompress
from jfjoch.errors import StreamError
from jfjoch.messages.image import CompressedImage
from jfjoch.model.dataset import Compression

IMAGE = np.random.default_rng(1).poisson(1, (131, 70)).astype(np.int16)
COMPRESSED = {name: Compressor(name).compress(IMAGE) for name in ("bslz4", "bszstd", "none")}


def with_payload(image: CompressedImage, payload: bytes) -> CompressedImage:
    return replace(image, payload=payload)


@pytest.mark.parametrize("algorithm", COMPRESSED)
@pytest.mark.parametrize("length", [0, 1, 11, 12, 15, 16, 100, -1])
def test_payload_cut_off(algorithm: Compression, length: int) -> None:
    image = COMPRESSED[algorithm]
    with pytest.raises(StreamError):
        decompress(with_payload(image, bytes(image.payload[:length])))


@pytest.mark.parametrize("algorithm", COMPRESSED)
def test_payload_too_long(algorithm: Compression) -> None:
    image = COMPRESSED[algorithm]
    with pytest.raises(StreamError):
        decompress(with_payload(image, bytes(image.payload) + b"x"))


@pytest.mark.parametrize("algorithm", COMPRESSED)
def test_payload_of_another_image(algorithm: Compression) -> None:
    with pytest.raises(StreamError, match=str((IMAGE.shape[0] + 1) * IMAGE.shape[1] * 2)):
        decompress(replace(COMPRESSED[algorithm], height=IMAGE.shape[0] + 1))


@pytest.mark.parametrize("block_bytes", [0, 1, 8, 8191])
def test_impossible_block_size(block_bytes: int) -> None:
    image = COMPRESSED["bslz4"]
    payload = bytearray(image.payload)
    payload[8:12] = block_bytes.to_bytes(4, "big")
    with pytest.raises(StreamError, match="multiple of 16"):
        decompress(with_payload(image, bytes(payload)))


@given(position=st.integers(0, 5000), value=st.integers(0, 255))
def test_any_changed_byte_gives_an_image_or_a_stream_error(position: int, value: int) -> None:
    image = COMPRESSED["bslz4"]
    payload = bytearray(image.payload)
    payload[position % len(payload)] = value
    try:
        pixels = decompress(with_payload(image, bytes(payload)))
    except StreamError:
        return
    assert pixels.shape == IMAGE.shape
