"""A short run of the fuzz of the encoders; the long one is ``tests.endurance.codec_fuzz``."""

from tests.endurance.codec_fuzz import fuzz

BLOCKS = 20_000


def test_random_blocks_come_back() -> None:
    *_, done = fuzz(BLOCKS, seed=20_000)
    assert done >= BLOCKS
