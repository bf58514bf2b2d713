"""What a second thread brings: for compression, a copy, and arithmetic without memory."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import numba
import numpy as np
from numpy.typing import NDArray

from benchmarks.kernels.measurement import Job
from jfjoch.compression.compressor import Compressor

_REPEATS = 20
_ARITHMETIC_STEPS = 1_000_000


def thread_scaling(images: Sequence[NDArray[np.integer]], rounds: int) -> dict[str, float]:
    """Return, of each job, the rate of two threads over that of one; medians."""
    makers: dict[str, Callable[[], Job]] = {
        "arithmetic": lambda: lambda n: _arithmetic(_ARITHMETIC_STEPS, n),
        "copy": lambda: _copy(images),
        "bslz4": lambda: _compression(images),
    }
    with ThreadPoolExecutor(2) as pool:
        pairs = {name: (make(), make()) for name, make in makers.items()}
        found: dict[str, list[float]] = {name: [] for name in makers}
        for number in range(-1, rounds):
            for name, pair in pairs.items():
                scaling = _scaling(pool, pair)
                if number >= 0:
                    found[name].append(scaling)
    return {name: median(values) for name, values in found.items()}


def _scaling(pool: ThreadPoolExecutor, pair: tuple[Job, Job]) -> float:
    alone = _seconds(pool, pair[:1])
    return 2 * alone / _seconds(pool, pair)


def _seconds(pool: ThreadPoolExecutor, jobs: Sequence[Job]) -> float:
    begin = time.perf_counter()
    for _ in pool.map(_repeat, jobs):
        pass
    return time.perf_counter() - begin


def _repeat(job: Job) -> None:
    for number in range(_REPEATS):
        job(number)


def _copy(images: Sequence[NDArray[np.integer]]) -> Job:
    target = np.empty_like(images[0])
    return lambda n: np.copyto(target, images[n % len(images)])


def _compression(images: Sequence[NDArray[np.integer]]) -> Job:
    compressor = Compressor("bslz4")
    return lambda n: compressor.compress(images[n % len(images)])


@numba.njit(nogil=True)
def _arithmetic(steps, seed):  # type: ignore[no-untyped-def]  # Numba infers
    value = np.uint64(seed)
    for _ in range(steps):
        value = value * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
    return value
