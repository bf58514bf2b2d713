"""What a killed writer left is finished, and nothing else is touched."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import hdf5plugin  # noqa: F401  (registers the filters images are compressed with)
import numpy as np
import pytest

from jfjoch.cli.writer import main
from jfjoch.messages.start import StartMessage
from jfjoch.writer.recovery import Finding, recover
from tests.helpers.independent_readers import assert_readers_agree
from tests.helpers.saved_run import files_below, images_per_data_file, saved_images
from tests.helpers.writer_bench import WriterBench
from tests.helpers.writer_messages import end_message, image_message, pixels, start_message


def killed(
    root: Path, start: StartMessage, *came: int, original_ids: dict[int, int] | None = None
) -> Path:
    """Leave behind what ``kill -9`` leaves after these images: files as they are on the disk."""
    bench = WriterBench(root / "alive")
    others = original_ids or {}
    images = [image_message(n, start, original_image_id=others.get(n, n)) for n in came]
    bench.feed(start, *images)
    left = root / "left"
    shutil.copytree(root / "alive", left)
    bench.service.close()
    return left


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "alive").mkdir()
    return tmp_path


def by_name(findings: list[Finding]) -> dict[str, tuple[str, bool]]:
    return {finding.path.name: (finding.text, finding.is_whole) for finding in findings}


def expected(count: int, came: set[int]) -> Any:
    return np.stack(
        [pixels(n) if n in came else np.full_like(pixels(n), -32768) for n in range(count)]
    )


def test_a_killed_run_becomes_one_that_readers_read(root: Path) -> None:
    """Flushed images are there, the file that was open is finished, and there is a master."""
    left = killed(root, start_message(100, "a/run", images_per_file=15), *range(27))
    assert files_below(left) == {"a/run_data_000001.h5", "a/run_data_000002.h5.partial"}
    findings = by_name(list(recover(left)))
    assert findings == {
        "run_data_000002.h5.partial": ("5 of 5 images; now run_data_000002.h5", True),
        "run_master.h5": ("made, marked as incomplete: 20 of 100 images", False),
    }
    assert images_per_data_file(left / "a" / "run") == [15, 5]
    content = assert_readers_agree(left / "a" / "run_master.h5")
    np.testing.assert_array_equal(content.images, expected(20, set(range(20))))
    with h5py.File(left / "a" / "run_master.h5") as file:
        assert file["/entry/instrument/detector/detectorSpecific/incomplete"][()] == 1
        assert "end_time" not in file["/entry"]
        assert file["/entry/image/number"][()].tolist() == list(range(20))
    assert list(recover(left)) == []


def test_gaps_and_angles_survive(root: Path) -> None:
    """Missing images read as error values; images keep the angle they were taken at."""
    came = (0, 2, 3, 6, 7, 8, 9, 14, 15, 19)
    shifted = {n: 2 * n for n in came}
    left = killed(root, start_message(40, images_per_file=4), *came, original_ids=shifted)
    findings = by_name(list(recover(left)))
    assert findings["run_data_000003.h5.partial"][0] == "2 of 4 images; now run_data_000003.h5"
    assert images_per_data_file(left / "run") == [4, 4, 4, 4, 4]
    np.testing.assert_array_equal(saved_images(left / "run_master.h5"), expected(20, set(came)))
    with h5py.File(left / "run_master.h5") as file:
        assert np.flatnonzero(file["/entry/image/valid"][()]).tolist() == list(came)
        angles = file["/entry/sample/transformations/omega"][()]
    np.testing.assert_allclose(angles[list(came)], [10.0 + 0.2 * n for n in came])


def test_a_file_that_is_missing_in_between_is_made(root: Path) -> None:
    """XDS plugins stop at a file that is not there."""
    came = (*range(4), *range(8, 14))
    left = killed(root, start_message(20, images_per_file=4), *came)
    findings = by_name(list(recover(left)))
    assert findings["run_data_000002.h5"] == ("was not there; made, without an image", False)
    np.testing.assert_array_equal(saved_images(left / "run_master.h5"), expected(14, set(came)))


def test_killed_before_the_master_was_made(root: Path) -> None:
    """All images are there: the run is whole."""
    left = killed(root, start_message(6, images_per_file=3), *range(6))
    assert by_name(list(recover(left))) == {
        "run_master.h5": ("made, marked as incomplete: 6 of 6 images", True)
    }


def test_a_half_written_master_is_made_anew(root: Path) -> None:
    left = killed(root, start_message(3), *range(3))
    (left / "run_master.h5.partial").write_bytes(b"half")
    assert [finding.is_whole for finding in recover(left)] == [True]
    assert files_below(left) == {"run_data_000001.h5", "run_master.h5"}


def test_no_master_where_none_was_wanted(root: Path) -> None:
    start = start_message(20, files={"write_master_file": False})
    left = killed(root, start, *range(10))
    assert [finding.is_whole for finding in recover(left)] == [True, False]
    assert files_below(left) == {"run_data_000001.h5"}


def test_a_file_without_an_image_is_removed(root: Path) -> None:
    """So that the run can be repeated under its name."""
    left = killed(root, start_message(20, images_per_file=15), 0, 1)
    assert by_name(list(recover(left)))["run_data_000001.h5.partial"] == (
        "held no image; removed",
        True,
    )
    assert files_below(left) == set()


def test_finished_files_are_never_replaced(root: Path) -> None:
    left = killed(root, start_message(20), *range(10))
    (left / "run_data_000001.h5").write_bytes(b"precious")
    findings = list(recover(left))
    assert not any(finding.is_whole for finding in findings)
    assert "both are left as they are" in findings[0].text
    assert (left / "run_data_000001.h5").read_bytes() == b"precious"
    assert (left / "run_data_000001.h5.partial").exists()


def test_an_existing_master_is_left(root: Path) -> None:
    left = killed(root, start_message(20), *range(10))
    (left / "run_master.h5").write_bytes(b"precious")
    list(recover(left))
    assert (left / "run_master.h5").read_bytes() == b"precious"
    assert images_per_data_file(left / "run") == [10]


@pytest.mark.parametrize("content", [b"", b"no HDF5", b"\x89HDF\r\n\x1a\n" + bytes(100)])
def test_a_file_that_can_not_be_read_is_left(root: Path, content: bytes) -> None:
    left = killed(root, start_message(40, images_per_file=10), *range(10))
    (left / "run_data_000002.h5.partial").write_bytes(content)
    findings = by_name(list(recover(left)))
    assert "can't be read" in findings["run_data_000002.h5.partial"][0]
    assert (left / "run_data_000002.h5.partial").read_bytes() == content
    assert findings["run_master.h5"] == ("made, marked as incomplete: 10 of 40 images", False)


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.9, 0.99])
def test_a_file_cut_short(root: Path, keep: float) -> None:
    """A disk that lost its end: what can be read is kept, or the file is left as it is."""
    left = killed(root, start_message(20), *range(10))
    partial = left / "run_data_000001.h5.partial"
    whole = partial.read_bytes()
    partial.write_bytes(whole[: int(len(whole) * keep)])
    assert any(not finding.is_whole for finding in recover(left))
    for path in left.glob("*_data_*.h5"):
        with h5py.File(path) as file:
            for n in np.flatnonzero(file["/entry/image/valid"][()]):
                np.testing.assert_array_equal(file["/entry/data/data"][n], pixels(int(n)))


def test_a_damaged_image_becomes_a_gap(root: Path) -> None:
    left = killed(root, start_message(20), *range(10))
    partial = left / "run_data_000001.h5.partial"
    with h5py.File(partial) as file:
        damaged = file["/entry/data/data"].id.get_chunk_info_by_coord((4, 0, 0))
    with partial.open("r+b") as bytes_:
        bytes_.seek(damaged.byte_offset)
        bytes_.write(bytes(damaged.size))
    assert by_name(list(recover(left)))[partial.name][0].startswith("9 of 10 images")
    came = set(range(10)) - {4}
    np.testing.assert_array_equal(saved_images(left / "run_master.h5"), expected(10, came))


def test_a_run_that_is_being_written_is_left_alone(root: Path) -> None:
    bench = WriterBench(root / "alive")
    start = start_message(20, images_per_file=6)
    bench.feed(start, *[image_message(n, start) for n in range(10)])
    # HDF5 keeps other processes from the file, not its own.
    command = [sys.executable, "-m", "jfjoch.cli.writer", "--recover", str(root / "alive")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "left alone" in done.stdout
    assert len(done.stdout.splitlines()) == 1
    bench.feed(*[image_message(n, start) for n in range(10, 20)], end_message(start, 20))
    assert bench.reports.ends[-1].ok


def test_files_of_others_are_no_business_of_ours(root: Path) -> None:
    """Finished runs, foreign files, links."""
    bench = WriterBench(root / "alive")
    start = start_message(3)
    bench.feed(start, *[image_message(n, start) for n in range(3)], end_message(start, 3))
    for name in ("other_data_000001.h5", "x_data_1.h5.partial", "x_data_000000.h5.partial"):
        (root / "alive" / name).write_bytes(b"precious")
    (root / "outside").mkdir()
    (root / "outside" / "run_data_000001.h5.partial").write_bytes(b"precious")
    (root / "alive" / "link").symlink_to(root / "outside")
    before = files_below(root)
    assert list(recover(root / "alive")) == []
    assert files_below(root) == before


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _link(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [_pipe, _link, Path.mkdir])
@pytest.mark.parametrize("name", ["run_data_000001.h5.partial", "run_data_000001.h5"])
def test_what_is_no_plain_file_is_left(
    tmp_path: Path, make: Callable[[Path], None], name: str
) -> None:
    """A pipe would be waited for, a link leads to files of others."""
    make(tmp_path / name)
    assert list(recover(tmp_path)) == []
    assert (tmp_path / name).exists()


def test_a_link_to_an_interrupted_file_elsewhere(root: Path) -> None:
    left = killed(root, start_message(30), *range(20))
    (unfinished,) = left.iterdir()
    before = unfinished.read_bytes()
    (root / "here").mkdir()
    (root / "here" / unfinished.name).symlink_to(unfinished)
    assert list(recover(root / "here")) == []
    assert unfinished.read_bytes() == before


_ODD_IMAGES: dict[str, Callable[[h5py.Group], Any]] = {
    "a number": lambda data: data.create_dataset("data", data=3),
    "a list": lambda data: data.create_dataset("data", data=[1, 2]),
    "a group": lambda data: data.create_group("data"),
    "nowhere": lambda data: data.update(data=h5py.ExternalLink("no file", "/x")),
    "endless": lambda data: data.create_dataset("data", (2**40, 1, 1), "i2", chunks=(1, 1, 1)),
}


@pytest.mark.parametrize("images", _ODD_IMAGES.values(), ids=list(_ODD_IMAGES))
def test_a_file_of_something_else_is_left(root: Path, images: Callable[[h5py.Group], Any]) -> None:
    """It is told, and the run beside it is recovered."""
    left = killed(root, start_message(30), *range(20))
    odd = left / "odd_data_000001.h5.partial"
    with h5py.File(odd, "w") as file:
        images(file.create_group("entry/data"))
    before = odd.read_bytes()
    findings = by_name(list(recover(left)))
    assert findings[odd.name][0].startswith("left as it is")
    assert odd.read_bytes() == before
    assert saved_images(left / "run_master.h5").shape[0] == 20


def test_the_files_of_two_writers(root: Path) -> None:
    """Below one root; the start of the one with the master counts."""
    for number in (0, 1):
        plan = {"socket_number": number, "socket_count": 2, "write_master_file": number == 0}
        start = start_message(40, images_per_file=5, files=plan)
        bench = WriterBench(root / "alive")
        first = 5 * number
        bench.feed(start, *[image_message(n, start) for n in range(first, first + 5)])
        bench.feed(*[image_message(n, start) for n in range(first + 10, first + 15)])
        bench.service.close()
    findings = by_name(list(recover(root / "alive")))
    assert findings == {"run_master.h5": ("made, marked as incomplete: 20 of 40 images", False)}
    images = saved_images(root / "alive" / "run_master.h5")
    np.testing.assert_array_equal(images, expected(20, set(range(20))))


def test_a_start_that_can_not_be_kept(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The run is written all the same; it is told that its master could not be made again."""
    start = start_message(20)
    nested: Any = 0
    for _ in range(100):
        nested = [nested]
    start = replace(start, sample=replace(start.sample, header_appendix=nested))
    left = killed(root, start, *range(10))
    assert "data files can't tell how their run began" in caplog.text
    assert by_name(list(recover(left)))["run"] == (
        "10 images; how the run began is not known",
        False,
    )
    assert images_per_data_file(left / "run") == [10]


def test_the_command_tells_each_file(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1 where something is missing, 0 where all is whole; no ADDRESS is needed."""
    left = killed(root, start_message(20), *range(10))
    assert main([f"--recover={left}"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("whole")
    assert "run_data_000001.h5.partial" in lines[0]
    assert lines[1].startswith("MISSING")
    assert lines[1].endswith("10 of 20 images")
    assert main([f"--recover={left}"]) == 0
    assert "nothing to recover" in capsys.readouterr().out


def test_names_that_are_no_text(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody may have renamed the files; the command tells them all the same."""
    left = killed(root, start_message(30), *range(20))
    (unfinished,) = left.iterdir()
    unfinished.rename(left / os.fsdecode(b"r\xffn_data_000001.h5.partial"))
    assert main(["--recover", str(left)]) == 1
    assert r"now r\udcffn_data_000001.h5" in capsys.readouterr().out
    names = sorted(os.fsencode(path.name) for path in left.iterdir())
    assert names == [b"r\xffn_data_000001.h5", b"r\xffn_master.h5"]


@pytest.mark.parametrize("short_by", [1, 500, 3000])
def test_images_behind_the_size_the_file_notes_are_not_overwritten(
    root: Path, short_by: int
) -> None:
    """A kill between the last two writes of a flush leaves a size that is too small."""
    start = start_message(20)
    came = [0, 1, 2, 4, 5, 6, 7, 8, 9, 11]
    left = killed(root, start, *came)
    partial = left / "run_data_000001.h5.partial"
    content = bytearray(partial.read_bytes())
    content[40:48] = (len(content) - short_by).to_bytes(8, "little")
    partial.write_bytes(content)
    list(recover(left))
    images = saved_images(left / "run_master.h5")
    for number in came:
        np.testing.assert_array_equal(images[number], pixels(number))
