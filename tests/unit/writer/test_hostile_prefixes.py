"""Two hundred prefixes that want out, or want to replace something (W008-W011)."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.saved_run import saved_images
from tests.helpers.writer_bench import WriterBench
from tests.helpers.writer_messages import end_message, image_message, pixels, start_message

HONEST = ("with space/a b", "größe/测试 é", "..a/b..c", "100%b", "inside/x", "x_master.h5")
_PLACES = ("", "a/", "a/b/", "inside/", "./", "a//")
_NAMES = ("x", "", "x_master.h5", "root/x")
_CONTROL = ("\0", "\n", "\r", "\t", "\x1b[2J", "\x7f", "\x85", "\ud800", "\udfff", "\\")


def _hostile(root: Path) -> Iterator[str]:
    climbs = ("..", "../..", "../../..", "b/../..", "../root")
    yield from (f"{place}{climb}/{name}" for place, climb, name in product(_PLACES, climbs, _NAMES))
    yield from (f"{place}.." for place in _PLACES)
    yield from (f"{start}{name}" for start in ("/", "//", f"{root}/", "/tmp/") for name in _NAMES)
    yield from (f"{place}a{bad}b" for place, bad in product(_PLACES[:3], _CONTROL))
    yield from (f"a{bad}b/x" for bad in _CONTROL)
    links = ("out", "deep/out", "dangling", "loop", "chain", "absolute")
    yield from (f"{link}/{name}" for link, name in product(links, ("x", "new/x", "victim")))
    yield from (
        "x" * 300,
        "é" * 128,
        "d" * 256 + "/x",
        "a/" * 3000 + "x",
        "/".join(["e" * 250] * 20),
    )
    yield from ("", ".", "./", "a/", "a/.", "a/b/", "_master.h5", "a/_master.h5", "file/x")
    yield from ("file/deeper/x", "taken", "partial", "master", "sub/taken", "folder", "linked")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with traps in it, and a folder outside that nobody may touch."""
    root, outside = tmp_path / "place" / "root", tmp_path / "outside"
    for folder in (root / "deep", root / "inside_target", root / "sub", outside):
        folder.mkdir(parents=True)
    for link, target in (
        ("out", "../../outside"),
        ("deep/out", "../../../outside"),
        ("dangling", "../../nowhere"),
        ("loop", "loop"),
        ("chain", "deep/out"),
        ("absolute", str(outside)),
        ("inside", "inside_target"),
        ("linked_data_000001.h5", "../../outside/victim_data_000001.h5"),
    ):
        (root / link).symlink_to(target)
    for name in ("taken_data_000001.h5", "partial_data_000001.h5.partial", "master_master.h5"):
        (root / name).write_bytes(b"precious")
    (root / "sub" / "taken_data_000001.h5").write_bytes(b"precious")
    (root / "file").write_bytes(b"precious")
    (root / "folder_data_000001.h5").mkdir()
    (outside / "victim_data_000001.h5").write_bytes(b"precious")
    return root


def _contents(directory: Path) -> dict[str, bytes | str]:
    """Files by their bytes, links by their targets; links are not followed."""
    found: dict[str, bytes | str] = {}
    for path in directory.rglob("*"):
        name = str(path.relative_to(directory))
        if path.is_symlink():
            found[name] = str(path.readlink())
        elif path.is_file():
            found[name] = path.read_bytes()
    return found


def _take_run(bench: WriterBench, prefix: str, number: int) -> None:
    start = start_message(1, prefix, run_number=number)
    bench.feed(start, image_message(0, start), end_message(start, 1))


def test_no_prefix_leads_out_or_replaces_anything(root: Path) -> None:
    """0 escapes, 0 overwritten files of 200 and more; honest names still work afterwards."""
    bench = WriterBench(root)
    above = root.parents[1]
    before = _contents(above)
    hostile = sorted(set(_hostile(root)))
    assert len(hostile) >= 200
    for number, prefix in enumerate(hostile, start=1):
        _take_run(bench, prefix, number)
        end = bench.reports.ends[-1]
        assert (end.run_number, end.ok, end.images_on_disk) == (number, False, 0), prefix
        assert end.error.isprintable(), prefix
    assert _contents(above) == before
    for number, prefix in enumerate(HONEST, start=len(hostile) + 1):
        _take_run(bench, prefix, number)
        assert bench.reports.ends[-1].ok, bench.reports.ends[-1].error
        master = root / f"{prefix.removesuffix('_master.h5')}_master.h5"
        np.testing.assert_array_equal(saved_images(master)[0], pixels(0))
    after = _contents(above)
    assert {name: after[name] for name in before} == before
    assert all(name.startswith("place/root/") for name in after.keys() - before.keys())
