"""Both ways to transpose bits, whichever this processor would choose."""

import llvmlite.binding
import numba
import numpy as np
import pytest
from numba import config

from jfjoch.kernels._bit_matrices import BEST, PRODUCT, SWAPS, BitTransposition, has_bit_products
from jfjoch.kernels._bit_planes import GROUP_PIXELS, spread_pixels
from jfjoch.kernels.bitshuffle import ALL_STALE
from tests.helpers.guarded_memory import GuardedMemory
from tests.reference.bitshuffle import bit_planes

WAYS = [
    SWAPS,
    pytest.param(PRODUCT, marks=pytest.mark.skipif(not has_bit_products(), reason="no GFNI")),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32"])
def test_planes_of_noise(way: BitTransposition, dtype: str) -> None:
    width = np.dtype(dtype).itemsize
    spread = spread_pixels(width, way)

    @numba.njit
    def planes_of(source: int, destination: int) -> int:
        used: int = spread(source, destination, GROUP_PIXELS // 8, ALL_STALE)
        return used

    pixels = np.frombuffer(np.random.default_rng(width).bytes(GROUP_PIXELS * width), dtype)
    memory = GuardedMemory(pixels.nbytes)
    assert planes_of(pixels.ctypes.data, memory.address) == np.bitwise_or.reduce(pixels)
    memory.check()
    np.testing.assert_array_equal(memory.bytes, bit_planes(pixels))


@pytest.mark.parametrize(
    ("features", "usable"),
    [
        ("", False),
        ("+gfni,-avx512bw,+avx512f", False),
        ("+avx512bw,+avx512f", False),
        ("+avx512bw,+gfni,+avx512f", True),
    ],
)
def test_what_numba_is_told_counts(
    features: str, usable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With NUMBA_CPU_FEATURES set, an instruction that is missing there can't be compiled."""
    monkeypatch.setattr(config, "CPU_FEATURES", features)
    assert has_bit_products() == usable


def test_the_quick_way_is_taken_where_it_exists() -> None:
    features = llvmlite.binding.get_host_cpu_features()
    if config.CPU_FEATURES is None and config.ENABLE_AVX:  # type: ignore[attr-defined]
        quick = all(features.get(name) for name in ("gfni", "avx512f", "avx512bw"))
        assert (BEST is PRODUCT) == quick
