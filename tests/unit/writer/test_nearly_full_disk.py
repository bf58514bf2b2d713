"""Disks with room for a little more: HDF5 must neither crash nor lose what was on disk."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import hdf5plugin  # noqa: F401  (registers the filters images are compressed with)
import numpy as np
import pytest

from jfjoch.nxmx.disk_reserve import RESERVES_BYTES, DiskReserve
from jfjoch.writer.recovery import recover
from tests.helpers.given_analysis import analysed_image, analysed_start
from tests.helpers.saved_run import saved_images
from tests.helpers.small_disk import small_disk
from tests.helpers.writer_bench import WriterBench
from tests.helpers.writer_messages import end_message, image_message, pixels, start_message

IMAGES = 120
ROOMS_KIB = range(0, 128, 4)
LARGE_DISK_KIB = (RESERVES_BYTES[0] >> 10) + 12_000
SMALL_DISK_KIB = 3_000
"""Has room for the smaller reserve."""


def free_bytes(disk: Path) -> int:
    with (disk / "probe").open("wb", buffering=0) as probe:
        size = 0
        try:
            while True:
                size += probe.write(bytes(4096))
        except OSError:
            pass
    (disk / "probe").unlink()
    return size


def write_runs(disk: Path, room_kib: int, images_per_file: int, early: int) -> dict[str, Any]:
    """Write a run for which, after some images, there is that room, then one with enough of it."""
    bench = WriterBench(disk)
    start = analysed_start(number_of_images=IMAGES, images_per_file=images_per_file)
    images = [analysed_image(n, start, 3) for n in range(IMAGES)]
    bench.feed(start, *images[:early])
    filler = disk / "filler"
    filler.write_bytes(bytes(max(0, free_bytes(disk) - (room_kib << 10))))
    bench.feed(*images[early:], end_message(start, IMAGES))
    filler.unlink()
    end = bench.reports.ends[-1]
    found = {"room_kib": room_kib, "on_disk": end.images_on_disk, "ok": end.ok}
    list(recover(disk))
    master = disk / "run_master.h5"
    saved = saved_images(master) if master.exists() else []
    found["readable"] = sum(np.array_equal(x, pixels(n)) for n, x in enumerate(saved))
    start = start_message(3, "next", run_number=2)
    bench.feed(start, *[image_message(n, start) for n in range(3)], end_message(start, 3))
    found["next_ok"] = bench.reports.ends[-1].ok
    bench.service.close()
    for path in disk.iterdir():
        path.unlink()
    return found


def main(disk: Path, images_per_file: int, early: int) -> None:
    """One line for each room; a crash ends them early."""
    for room_kib in ROOMS_KIB:
        sys.stdout.write(json.dumps(write_runs(disk, room_kib, images_per_file, early)) + "\n")
        sys.stdout.flush()


@pytest.fixture(params=[SMALL_DISK_KIB, LARGE_DISK_KIB], ids=["small", "large"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", request.param) as disk:
        yield disk


@pytest.mark.parametrize(("images_per_file", "early"), [(0, 60), (25, 60), (0, IMAGES)])
def test_whatever_room_is_left(disk: Path, images_per_file: int, early: int) -> None:
    """In a process of its own, which goes on; what was told to be written is read again."""
    script = "import sys; from pathlib import Path; "
    script += "from tests.unit.writer.test_nearly_full_disk import main; "
    script += "main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))"
    command = [sys.executable, "-c", script, str(disk), str(images_per_file), str(early)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    runs = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr[-2000:]
    assert [run["room_kib"] for run in runs] == list(ROOMS_KIB)
    assert all(run["next_ok"] for run in runs)
    assert [run for run in runs if run["readable"] < run["on_disk"]] == []
    assert not all(run["ok"] for run in runs) or early == IMAGES, "the disk was never full"


def test_the_reserve_is_given_back(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", LARGE_DISK_KIB) as disk:
        before = free_bytes(disk)
        reserve = DiskReserve(disk)
        if free_bytes(disk) == before:
            pytest.skip("this file system knows no files without a name")
        assert before - free_bytes(disk) >= RESERVES_BYTES[0]
        assert list(disk.iterdir()) == []
        reserve.release()
        reserve.release()
        assert free_bytes(disk) == before


def test_no_room_for_a_reserve(tmp_path: Path) -> None:
    """It is done without."""
    with small_disk(tmp_path / "disk", 100) as disk:
        before = free_bytes(disk)
        reserve = DiskReserve(disk)
        assert free_bytes(disk) == before
        reserve.release()
    DiskReserve(tmp_path / "nowhere").release()


def test_a_finished_run_holds_nothing_back(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", LARGE_DISK_KIB) as disk:
        bench = WriterBench(disk)
        start = start_message(2)
        before = free_bytes(disk)
        bench.feed(start, image_message(0, start))
        assert before - free_bytes(disk) >= RESERVES_BYTES[0]
        bench.feed(image_message(1, start), end_message(start, 2))
        assert before - free_bytes(disk) < RESERVES_BYTES[0]
        with h5py.File(disk / "run_master.h5") as file:
            assert len(file["/entry/data/data"]) == 2
