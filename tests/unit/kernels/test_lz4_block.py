"""LZ4 blocks, read by the slow decoder of the tests and by imagecodecs."""

import imagecodecs
import numpy as np
import pytest
from hypothesis import given, settings

from tests.helpers.block_contents import contents, drawn_content
from tests.helpers.encoded_blocks import encode_lz4, used_planes
from tests.reference import lz4


def check(content: bytes, plane_bytes: int) -> bytes:
    """Fail unless both decoders, at the exact size, return the content."""
    block = encode_lz4(content, plane_bytes)
    assert lz4.decode(block) == content
    assert imagecodecs.lz4_decode(block, header=False, out=len(content)) == content
    return block


@settings(deadline=None)  # the first example compiles
@given(contents())
def test_runs_and_literals_of_any_length(drawn: tuple[bytes, int]) -> None:
    check(*drawn)


@pytest.mark.parametrize("seed", range(200))
def test_full_blocks_of_random_pieces(seed: int) -> None:
    rng = np.random.default_rng(seed)
    plane_bytes = int(rng.choice([256, 512, 1024]))
    check(drawn_content(rng, 8192, plane_bytes), plane_bytes)


@pytest.mark.parametrize("plane_bytes", [256, 512, 1024, 64])
@pytest.mark.parametrize("used", [0, 1, 0b1001, 0b10000010, 0b11111110])
def test_knowing_empty_planes_changes_nothing(plane_bytes: int, used: int) -> None:
    rng = np.random.default_rng(used)
    planes = np.zeros((8192 // plane_bytes, plane_bytes), np.uint8)
    for number in (number for number in range(8) if used >> number & 1):
        planes[number, [0, *rng.integers(0, plane_bytes, 20), -1]] = 5
    content = planes.tobytes()
    assert used_planes(content, plane_bytes) == used
    assert encode_lz4(content, plane_bytes, used) == check(content, plane_bytes)


@pytest.mark.parametrize("size", [*range(8, 89, 8), 8192])
@pytest.mark.parametrize("value", [0, 1, 255])
def test_one_value(size: int, value: int) -> None:
    check(bytes([value]) * size, size // 8)


@pytest.mark.parametrize("last", range(1, 20))
@pytest.mark.parametrize("run", range(3, 20))
def test_end_of_block(last: int, run: int) -> None:
    """The last 5 bytes are literals and no match starts within the last 12 (checked by both)."""
    for value in (0, 9):
        content = b"abcdefgh" + bytes([value]) * run + b"x" * last
        check(content, len(content))


@pytest.mark.parametrize("literals", [1, 14, 15, 16, 17, 64, 269, 270, 271, 525, 8000])
@pytest.mark.parametrize("run", [4, 5, 18, 19, 20, 273, 274, 275, 529])
def test_lengths_at_their_steps(literals: int, run: int) -> None:
    noise = np.random.default_rng(run).permutation(np.arange(8000) % 251 + 1).astype(np.uint8)
    content = noise[:literals].tobytes() + bytes(run) + noise[:30].tobytes()
    check(content[:8192], len(content[:8192]))


def test_sparse_bytes_copy_earlier_zeros() -> None:
    """A run no longer than one before needs no literal zero: 4 bytes each instead of 5."""
    content = b"".join(bytes([value]) + bytes(15) for value in range(1, 101))
    assert len(check(content, 100)) <= 4 * 100 + 30


def test_planes_of_negative_numbers_copy_the_plane_before() -> None:
    """Sign bits are the same in many planes, which are noise for themselves."""
    plane = np.random.default_rng(1).bytes(512)
    assert len(check(16 * plane, 512)) < 600


def test_noise_hardly_grows() -> None:
    content = np.random.default_rng(1).bytes(8192)
    assert len(check(content, 512)) <= 8192 + 8192 // 255 + 2
