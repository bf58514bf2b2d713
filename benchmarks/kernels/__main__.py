"""Print how long the kernels take, in copies of the image that they make."""

import argparse

from benchmarks.kernels.detector_modes import other_modes
from benchmarks.kernels.measurement import Row, alternating_times_s, two_thread_scaling
from benchmarks.kernels.pixel_jobs import (
    ADDED,
    ALL_G0,
    COPY,
    OURS,
    PEDESTAL,
    PLAIN,
    PixelJobs,
)
from benchmarks.kernels.workload import FRAME_COUNT, Workload


def print_table(rows: dict[str, Row], times: dict[str, float]) -> None:
    """Print time, copies, bytes per pixel, and traffic beside that of the copy, per image."""
    head = "ms", "copies", "bytes/pixel", "traffic"
    print(f"{'':32}" + "".join(f"{title:>12}" for title in head) + "  what costs")
    for name, row in rows.items():
        seconds = times[name] / row.images
        traffic = row.bytes_per_pixel / seconds * times[COPY] / rows[COPY].bytes_per_pixel
        print(
            f"{name:32}{seconds * 1e3:12.2f}{seconds / times[COPY]:12.2f}"
            f"{row.bytes_per_pixel:12.1f}{traffic:12.0%}  {row.costs}"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kernels", description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    work = Workload.create()
    jobs = PixelJobs(work)
    rows = jobs.rows() | other_modes(work)
    times = alternating_times_s({name: row.job for name, row in rows.items()}, rounds)
    print(f"4M, int16 unless it says else, one core; {FRAME_COUNT} frames in rotation; per image")
    print_table(rows, times)
    print(f"{OURS}: {times[PLAIN] / times[OURS]:.1f} x as fast as the {PLAIN}")
    print(f"0.1 % of the pixels in G1: {times[OURS] / times[ALL_G0] - 1:.0%} slower than without")
    print(f"summation: see traffic of '{ADDED}'; pedestal: of '{PEDESTAL}'")
    ours = two_thread_scaling((jobs.convert(), jobs.convert()), rounds)
    copy = two_thread_scaling((jobs.copy(), jobs.copy()), rounds)
    print(f"two threads: conversion x {ours:.2f}, copy x {copy:.2f}: {ours / copy:.2f} of it")


if __name__ == "__main__":
    main()
