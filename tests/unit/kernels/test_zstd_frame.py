"""Zstandard frames, read by the slow decoder of the tests and by imagecodecs."""

import imagecodecs
import numpy as np
import pytest
from hypothesis import given, settings

from tests.helpers.block_contents import contents, drawn_content
from tests.helpers.encoded_blocks import encode_zstd
from tests.reference import zstd


def check(content: bytes) -> bytes:
    """Fail unless both decoders, at the exact size, return the content."""
    frame = encode_zstd(content)
    assert zstd.decode(frame) == content
    assert imagecodecs.zstd_decode(frame, out=len(content)) == content
    return frame


@settings(deadline=None)  # the first example compiles
@given(contents())
def test_runs_and_literals_of_any_length(drawn: tuple[bytes, int]) -> None:
    check(drawn[0])


@pytest.mark.parametrize("seed", range(100))
def test_full_frames_of_random_pieces(seed: int) -> None:
    check(drawn_content(np.random.default_rng(seed), 32768, 2048))


@pytest.mark.parametrize("size", [1, 2, 7, 8, 9, 63, 64, 65, 255, 256, 257, 32767, 32768])
@pytest.mark.parametrize("value", [0, 255])
def test_one_value(size: int, value: int) -> None:
    frame = check(bytes([value]) * size)
    assert size < 9 or len(frame) <= 11


@pytest.mark.parametrize("run", range(1, 12))
@pytest.mark.parametrize("before", [0, 1, 5])
@pytest.mark.parametrize("behind", [0, 1, 5])
def test_a_run_anywhere(run: int, before: int, behind: int) -> None:
    check(bytes(range(1, before + 1)) + bytes(run) + bytes(range(9, 9 + behind)) + b"?")
    check(b"abc" + bytes(run) + b"\xff" * run + bytes(range(behind)))


def test_noise_hardly_grows() -> None:
    assert len(check(np.random.default_rng(1).bytes(32768))) <= 32768 + 11
