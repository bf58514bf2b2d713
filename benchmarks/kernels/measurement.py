"""Times of jobs that take turns, so that whatever disturbs one disturbs all."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median

Job = Callable[[int], object]
"""Called with the number of the round."""
Clock = Callable[[], float]
"""Seconds since some moment."""


@dataclass(frozen=True)
class Row:
    """One line of the table: a job, and what it moves."""

    job: Job
    bytes_per_pixel: float
    """Through memory, per pixel of a raw frame, counted without what a store fetches first."""
    images: int = 1
    """Made in one call."""
    costs: str = ""
    """What most of the time goes into."""


def alternating_times_s(jobs: Mapping[str, Job], rounds: int) -> dict[str, float]:
    """Return the median time of every job over some rounds, after two that are not counted."""
    return alternating_clocks_s(jobs, rounds, (time.perf_counter,))[0]


def alternating_clocks_s(
    jobs: Mapping[str, Job], rounds: int, clocks: Sequence[Clock]
) -> list[dict[str, float]]:
    """Return the same by several clocks at once: beside wall clock time, say, that of the CPUs."""
    times: list[dict[str, list[float]]] = [{name: [] for name in jobs} for _ in clocks]
    for number in range(-2, rounds):
        for name, job in jobs.items():
            starts = [clock() for clock in clocks]
            job(number)
            ends = [clock() for clock in clocks]
            if number >= 0:
                for of_clock, start, end in zip(times, starts, ends, strict=True):
                    of_clock[name].append(end - start)
    return [{name: median(values) for name, values in found.items()} for found in times]


def two_thread_scaling(jobs: tuple[Job, Job], rounds: int) -> float:
    """Return how much more two threads do than one, each with its own job (memory) of two."""

    def repeat(job: Job) -> None:
        for number in range(4):
            job(number)

    with ThreadPoolExecutor(2) as threads:

        def both(_: int) -> None:
            for done in [threads.submit(repeat, job) for job in jobs]:
                done.result()

        times = alternating_times_s({"one": lambda _: repeat(jobs[0]), "two": both}, rounds)
    return 2 * times["one"] / times["two"]
