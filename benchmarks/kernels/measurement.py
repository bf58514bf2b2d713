"""Times of jobs that take turns, so that whatever disturbs one disturbs all."""

import time
from collections.abc import Callable, Mapping
from statistics import median

Job = Callable[[int], object]
"""Called with the number of the round."""


def alternating_times_s(jobs: Mapping[str, Job], rounds: int) -> dict[str, float]:
    """Return the median time of every job over some rounds, after two that are not counted."""
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for number in range(-2, rounds):
        for name, job in jobs.items():
            start = time.perf_counter()
            job(number)
            if number >= 0:
                times[name].append(time.perf_counter() - start)
    return {name: median(values) for name, values in times.items()}
