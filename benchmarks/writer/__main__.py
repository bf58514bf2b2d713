"""Run with ``python -m benchmarks.writer [DIRECTORY]``: the writer beside plain ``os.write``.

The same compressed images, once through the writing service (NXmx files, flushed as always,
master file included), once as bytes into new files of the same number and size on the same file
system. They take turns; the figure is the median of the ratios of the pairs. No sockets are in
between.
"""

import gc
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.writer.given_run import GivenRun
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.start import StartMessage
from jfjoch.writer.hdf5_sink import Hdf5ImageSink

PAIRS = 7
ASKED = 0.65
_1M, _4M = (1064, 1030), (2164, 2068)
RUNS = (
    GivenRun(300_000, *_1M, images=3000, per_file=1000),
    GivenRun(1 << 20, *_4M, images=500, per_file=100),
    GivenRun(1 << 20, *_4M, images=1000, per_file=1000),
    GivenRun(1 << 20, *_4M, images=1000, per_file=1000, analysed=True),
    GivenRun(3 << 20, *_4M, images=500, per_file=100),
    GivenRun(8 << 20, *_4M, images=150, per_file=50),
    GivenRun(1 << 20, *_4M, images=500, per_file=1),
    GivenRun(3 << 20, *_4M, images=500, per_file=1),
)


def main() -> None:
    """Print one line for each run."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.gettempdir())
    print(f"{PAIRS} pairs, below {root}, asked {ASKED:.2f}; *: with spots and profiles")
    print("MB/image  images  images/file   writer MB/s  os.write MB/s  ratio (smallest .. largest)")
    for run in RUNS:
        _report(root, run)


def _report(root: Path, run: GivenRun) -> None:
    start, images = run.start(), run.messages()
    gc.collect()
    gc.freeze()  # a writer does not hold all images of a run, so nor must the collector look there
    _pair(root, run, start, images)  # warms up
    pairs = [_pair(root, run, start, images) for _ in range(PAIRS)]
    gc.unfreeze()
    ratios = [plain_s / writer_s for plain_s, writer_s in pairs]
    total_mb = run.payload_bytes * run.images / 1e6
    plain, writer = (total_mb / median(column) for column in zip(*pairs, strict=True))
    print(
        f"{run.payload_bytes / 1e6:8.1f} {run.images:7d} {run.per_file:12d}"
        f"{'*' if run.analysed else ' '} {writer:12.0f} {plain:14.0f}"
        f"  {median(ratios):5.2f} ({min(ratios):.2f} .. {max(ratios):.2f})"
    )


def _pair(
    root: Path, run: GivenRun, start: StartMessage, images: list[ImageMessage]
) -> tuple[float, float]:
    plain_s = _timed(root, lambda place: write_plainly(place, run, images))
    return plain_s, _timed(root, lambda place: write_files(place, run, start, images))


def _timed(root: Path, job: Callable[[Path], None]) -> float:
    place = Path(tempfile.mkdtemp(dir=root))
    try:
        begin = time.perf_counter()
        job(place)
        return time.perf_counter() - begin
    finally:
        shutil.rmtree(place)


def write_plainly(place: Path, run: GivenRun, images: list[ImageMessage]) -> None:
    """Write the payloads and nothing else."""
    for first in range(0, len(images), run.per_file):
        file = os.open(place / f"{first}.raw", os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        for message in images[first : first + run.per_file]:
            left = memoryview(message.image.payload)
            while left.nbytes:
                left = left[os.write(file, left) :]
        os.close(file)


def write_files(
    place: Path, run: GivenRun, start: StartMessage, images: list[ImageMessage]
) -> None:
    """Write a whole run; it must have ended well."""
    sink = Hdf5ImageSink(place)
    sink.start(start)
    for message in images:
        sink.send_image(message, 0.0)
    sink.end(run.end(), 0.0)
    report = sink.reports()[-1]
    sink.close()
    if not report.ok or report.images_on_disk != run.images:
        raise SystemExit(f"the run failed: {report.error}")


if __name__ == "__main__":
    main()
