"""Run with ``python -m benchmarks.writer [DIRECTORY]``: the writer beside plain ``os.write``.

The same compressed images of a 4M detector, once through the writing service (NXmx files, flushed
as always, master file included), once as bytes into files of the same number and size on the same
file system. They take turns; the figure is the ratio of each pair. No sockets are in between.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import numpy as np

from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import CompressedImage, ImageMessage, PixelStatistics
from jfjoch.messages.start import (
    BeamGeometry,
    DetectorDescription,
    FilePlan,
    ImageFormat,
    StartMessage,
)
from jfjoch.writer.hdf5_sink import Hdf5ImageSink

HEIGHT, WIDTH = 2164, 2068
IMAGES = 500
PAIRS = 7
ASKED = 0.65
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_RUN = (1, "benchmark")
_HEADER_BYTES = 8
_DIFFERENT_PAYLOADS = 8


def main() -> None:
    """Print one line for each form of run."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.gettempdir())
    print(f"{IMAGES} images of {HEIGHT} x {WIDTH} int16, {PAIRS} pairs, below {root}")
    print("MB/image  images/file   writer MB/s  os.write MB/s  ratio (smallest .. largest)")
    for payload_bytes in (1 << 20, 3 << 20):
        for per_file in (1, 100):
            _report(root, payload_bytes, per_file)


def _report(root: Path, payload_bytes: int, per_file: int) -> None:
    images = _images(payload_bytes)
    pairs = []
    for _ in range(-1, PAIRS):
        plain_s = _timed(root, lambda place: write_plainly(place, images, per_file))
        writer_s = _timed(root, lambda place: write_files(place, images, per_file))
        pairs.append((plain_s, writer_s))
    pairs = pairs[1:]  # the first one warms up
    ratios = [plain_s / writer_s for plain_s, writer_s in pairs]
    total_mb = payload_bytes * IMAGES / 1e6
    speeds = [total_mb / median(column) for column in zip(*pairs, strict=True)]
    print(
        f"{payload_bytes / 1e6:8.1f} {per_file:12d} {speeds[1]:13.0f} {speeds[0]:14.0f}"
        f"  {median(ratios):5.2f} ({min(ratios):.2f} .. {max(ratios):.2f}), asked {ASKED:.2f}"
    )


def _timed(root: Path, job: Callable[[Path], None]) -> float:
    place = Path(tempfile.mkdtemp(dir=root))
    try:
        begin = time.perf_counter()
        job(place)
        return time.perf_counter() - begin
    finally:
        shutil.rmtree(place)


def write_plainly(place: Path, images: list[ImageMessage], per_file: int) -> None:
    """Write the payloads and nothing else."""
    for first in range(0, len(images), per_file):
        file = os.open(place / f"{first}.raw", os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        for message in images[first : first + per_file]:
            left = memoryview(message.image.payload)
            while left.nbytes:
                left = left[os.write(file, left) :]
        os.close(file)


def write_files(place: Path, images: list[ImageMessage], per_file: int) -> None:
    """Write a whole run; it must have ended well."""
    sink = Hdf5ImageSink(place)
    sink.start(_start(per_file))
    for message in images:
        sink.send_image(message, 0.0)
    sink.end(EndMessage(*_RUN, _NOW, IMAGES, IMAGES, IMAGES, IMAGES, 1.0, 0, False), 0.0)
    report = sink.reports()[-1]
    sink.close()
    if not report.ok or report.images_on_disk != IMAGES:
        raise SystemExit(f"the run failed: {report.error}")


def _images(payload_bytes: int) -> list[ImageMessage]:
    """Images whose payloads can't be told from compressed ones without decompressing."""
    size = (2 * HEIGHT * WIDTH).to_bytes(_HEADER_BYTES, "big")
    rng = np.random.default_rng(0)
    payloads = [size + rng.bytes(payload_bytes - len(size)) for _ in range(_DIFFERENT_PAYLOADS)]
    return [_image(number, payloads[number % len(payloads)]) for number in range(IMAGES)]


def _image(number: int, payload: bytes) -> ImageMessage:
    return ImageMessage(
        *_RUN,
        image_id=number,
        original_image_id=number,
        start_time_ns=number * 1_000_000,
        exposure_ns=1_000_000,
        image=CompressedImage(payload, "bslz4", "int16", HEIGHT, WIDTH),
        statistics=PixelStatistics(0, 0, 0, 100),
        packets_expected=1024,
        packets_received=1024,
        receiver_delay=0,
        free_send_buffers=10,
    )


def _start(per_file: int) -> StartMessage:
    return StartMessage(
        *_RUN,
        arm_date=_NOW,
        number_of_images=IMAGES,
        image_time_s=0.001,
        count_time_s=0.001,
        geometry=BeamGeometry(1034.0, 1082.0, 0.15, 12_400.0, 1.0),
        detector=DetectorDescription("JUNGFRAU 4M", "bench", 75e-6, 320e-6, "Si", 16),
        image=_format(),
        files=FilePlan("run", per_file, write_master_file=True),
    )


def _format() -> ImageFormat:
    return ImageFormat(
        width=WIDTH,
        height=HEIGHT,
        dtype="int16",
        error_value=-32768,
        saturation_value=32766,
        summation=1,
        conversion_applied=True,
        energy_per_count_eV=12_400.0,
        assembled=True,
        pixel_mask=np.zeros((HEIGHT, WIDTH), np.uint32),
        mask_applied=False,
    )


if __name__ == "__main__":
    main()
