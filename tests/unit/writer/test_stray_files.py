"""What a kill leaves of a file that was just being made, or just being given its name."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jfjoch.writer.recovery import recover
from jfjoch.writer.stray_files import LEAST_AGE_S, remove_second_names
from tests.helpers.writer_bench import WriterBench
from tests.helpers.writer_messages import end_message, image_message, start_message

OLD_S = 60.0
NAME = ".jfjoch-0123456789abcdef.new"


def make(path: Path, age_s: float = OLD_S) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"half a file")
    return age(path, age_s)


def age(path: Path, age_s: float = OLD_S) -> Path:
    then = time.time() - age_s
    os.utime(path, (then, then))
    return path


def test_it_is_removed(tmp_path: Path) -> None:
    """In any directory below; it is told."""
    stray = make(tmp_path / "a" / NAME)
    (finding,) = recover(tmp_path)
    assert (finding.path, finding.text, finding.is_whole) == (
        stray,
        "held nothing yet; removed",
        True,
    )
    assert not stray.exists()
    assert list(recover(tmp_path)) == []


def test_one_that_is_being_made_is_left(tmp_path: Path) -> None:
    """By its age: a writer gives it its name within a moment."""
    young = make(tmp_path / NAME, LEAST_AGE_S - 5)
    assert list(recover(tmp_path)) == []
    assert young.exists()


def test_files_of_others_are_left(tmp_path: Path) -> None:
    others = ["x.new", ".jfjoch-12.new", "jfjoch-0123456789abcdef.new", f"{NAME}.h5", f"a{NAME}"]
    paths = [make(tmp_path / name) for name in others]
    (tmp_path / ".jfjoch-aaaaaaaaaaaaaaaa.new").mkdir()
    (tmp_path / ".jfjoch-bbbbbbbbbbbbbbbb.new").symlink_to(paths[0])
    before = sorted(tmp_path.iterdir())
    assert list(recover(tmp_path)) == []
    assert sorted(tmp_path.iterdir()) == before


_DIES = """
import os, sys
from pathlib import Path
from tests.helpers.writer_bench import WriterBench
from tests.helpers.writer_messages import image_message, start_message

os.link = lambda old, new: os._exit(9)
start = start_message(1)
WriterBench(Path(sys.argv[1])).feed(start, image_message(0, start))
"""


def test_a_writer_killed_while_it_makes_a_file(tmp_path: Path) -> None:
    """In the moment before the file gets its name; the run can be repeated then."""
    command = [sys.executable, "-c", _DIES, str(tmp_path)]
    assert subprocess.run(command, cwd=Path.cwd(), check=False).returncode == 9
    (stray,) = tmp_path.iterdir()
    make(stray)
    assert [finding.path for finding in recover(tmp_path)] == [stray]
    bench = WriterBench(tmp_path)
    start = start_message(1)
    bench.feed(start, image_message(0, start), end_message(start, 1))
    assert bench.reports.ends[0].ok


_DIES_WITH_BOTH_NAMES = """
import os, sys
from pathlib import Path
from tests.helpers.writer_bench import WriterBench
from tests.helpers.writer_messages import end_message, image_message, start_message

unlink = Path.unlink
def unlink_until(path, missing_ok=False):
    if path.name.endswith(sys.argv[2]):
        os._exit(9)
    unlink(path, missing_ok)
Path.unlink = unlink_until
start = start_message(2, images_per_file=1)
images = [image_message(n, start) for n in range(2)]
WriterBench(Path(sys.argv[1])).feed(start, *images, end_message(start, 2))
"""


@pytest.mark.parametrize("name", ["run_data_000001.h5", "run_data_000002.h5", "run_master.h5"])
def test_a_writer_killed_while_it_names_a_file(tmp_path: Path, name: str) -> None:
    """The complete file has both names: it is whole, and nothing is in the way of its run."""
    partial = tmp_path / f"{name}.partial"
    command = [sys.executable, "-c", _DIES_WITH_BOTH_NAMES, str(tmp_path), partial.name]
    assert subprocess.run(command, cwd=Path.cwd(), check=False).returncode == 9
    assert partial.samefile(tmp_path / name)
    content = (tmp_path / name).read_bytes()
    assert [finding.path for finding in list(recover(tmp_path))[:1]] == [partial]
    assert not partial.exists()
    assert (tmp_path / name).read_bytes() == content
    assert (tmp_path / "run_master.h5").exists()
    assert list(recover(tmp_path)) == []


def test_second_names_of_others_are_left(tmp_path: Path) -> None:
    for name in ("x.h5", "run_data_1.h5"):
        make(tmp_path / name)
        (tmp_path / f"{name}.partial").hardlink_to(tmp_path / name)
    make(tmp_path / "run_master.h5")
    (tmp_path / "run_master.h5.partial").symlink_to(tmp_path / "run_master.h5")
    before = sorted(tmp_path.iterdir())
    assert list(recover(tmp_path)) == []
    assert sorted(tmp_path.iterdir()) == before


def test_a_writer_at_work_does_not_mind_when_recovery_takes_a_second_name(tmp_path: Path) -> None:
    """Between the two steps by which a file gets its name."""
    link = os.link
    found: list[Path] = []

    def link_and_recover(old: Path, new: Path) -> None:
        link(old, new)
        found.extend(remove_second_names(tmp_path))

    start = start_message(2, images_per_file=2)
    bench = WriterBench(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "link", link_and_recover)
        bench.feed(start, *(image_message(n, start) for n in range(2)), end_message(start, 2))
    names = ("run_data_000001.h5", "run_master.h5")
    assert found == [tmp_path / f"{name}.partial" for name in names]
    assert bench.reports.ends[0].ok


def test_an_empty_file_that_only_took_the_name(tmp_path: Path) -> None:
    """Without hard links a kill leaves one; others of no length are left."""
    bench = WriterBench(tmp_path)
    start = start_message(20)
    bench.feed(start, *[image_message(n, start) for n in range(10)])
    partial = (tmp_path / "run_data_000001.h5.partial").read_bytes()
    bench.service.close()
    left = tmp_path / "left"
    left.mkdir()
    (left / "run_data_000001.h5.partial").write_bytes(partial)
    for name in ("run_data_000001.h5", "other_data_000001.h5"):
        (left / name).touch()
    findings = {finding.path.name: finding.text for finding in recover(left)}
    assert "removed" in findings["run_data_000001.h5"]
    assert findings["run_data_000001.h5.partial"].startswith("10 of 10 images")
    assert (left / "run_data_000001.h5").stat().st_size > 0
    assert (left / "other_data_000001.h5").exists()
