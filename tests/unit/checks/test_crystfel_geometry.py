"""What the how-to gives to CrystFEL fits a file as the writer makes it."""

import re
import subprocess
import sys
from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401  (registers the filters images are compressed with)
import numpy as np
import pytest

from tests.helpers.given_analysis import analysed_image, analysed_start
from tests.helpers.writer_bench import WriterBench
from tests.helpers.writer_messages import HEIGHT, WIDTH, end_message

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "process-files.md"
_PYTHON = re.compile(r"## CrystFEL.*?```python\n(.*?)```", re.DOTALL)
_UNITS = ("eV", "keV", "m", "mm")
_PANEL_KEYS = {"min_fs", "max_fs", "min_ss", "max_ss", "fs", "ss", "corner_x", "corner_y"}
_KEYS = {
    *("photon_energy", "clen", "res", "adu_per_photon", "max_adu", "flag_equal"),
    *("data", "dim0", "dim1", "dim2", "mask0_data", "mask0_goodbits", "mask0_badbits"),
    *("peak_list", "peak_list_type"),
}
"""Of CrystFEL's manual of geometry files."""
SPOTS = 3


@pytest.fixture
def master(tmp_path: Path) -> Path:
    """A run of four images with spots."""
    bench = WriterBench(tmp_path)
    start = analysed_start()
    bench.feed(start, *[analysed_image(n, start, SPOTS) for n in range(4)], end_message(start, 4))
    assert bench.reports.ends[0].ok
    return tmp_path / "run_master.h5"


def geometry(master: Path) -> dict[str, str]:
    """Run the program of the how-to; what it prints, by key."""
    (program,) = _PYTHON.findall(PAGE.read_text())
    done = subprocess.run(
        [sys.executable, "-c", program, str(master)], capture_output=True, text=True, check=True
    )
    lines = [line.partition(" = ") for line in done.stdout.splitlines()]
    assert all(equals for _, equals, _ in lines)
    entries = {key: value for key, _, value in lines}
    assert len(entries) == len(lines), "a key stands twice"
    return entries


def test_keys_are_those_crystfel_knows(master: Path) -> None:
    keys = set(geometry(master))
    assert {key for key in keys if "/" not in key} == _KEYS
    assert {key.removeprefix("all/") for key in keys if "/" in key} == _PANEL_KEYS


def test_every_path_is_in_the_file(master: Path) -> None:
    """With the unit it is taken in."""
    entries = geometry(master)
    paths = {key: value for key, value in entries.items() if value.startswith("/entry")}
    assert set(paths) == {"photon_energy", "clen", "data", "mask0_data", "peak_list"}
    with h5py.File(master) as file:
        for key, value in paths.items():
            path, _, unit = value.partition(" ")
            assert path in file, key
            if unit:
                assert unit in _UNITS
                assert file[path].attrs["units"] == unit
        assert file[entries["data"]].shape == (4, HEIGHT, WIDTH)
        assert file[entries["mask0_data"]].shape == (HEIGHT, WIDTH)


@pytest.mark.parametrize("place", ["/entry/MX", "/opt/MX"])
def test_the_peak_list_is_as_crystfel_reads_it(master: Path, place: str) -> None:
    """W039: cxi, counted from 0, in pixels of the images; both paths."""
    assert geometry(master)["peak_list_type"] == "cxi"
    with h5py.File(master) as file:
        peaks = file[place]
        assert peaks["nPeaks"][()].tolist() == [SPOTS] * 4
        for name in ("peakXPosRaw", "peakYPosRaw", "peakTotalIntensity"):
            assert peaks[name].ndim == 2
            assert peaks[name].shape[1] >= SPOTS


def test_pixels_are_where_they_are(master: Path) -> None:
    """The beam goes through the origin; x and y grow against columns and rows (McStas)."""
    entries = geometry(master)
    panel = {key.removeprefix("all/"): value for key, value in entries.items() if "/" in key}
    assert (panel["fs"], panel["ss"]) == ("-x", "-y")
    assert (panel["max_fs"], panel["max_ss"]) == (str(WIDTH - 1), str(HEIGHT - 1))
    with h5py.File(master) as file:
        detector = file["/entry/instrument/detector"]
        beam = detector["beam_center_x"][()], detector["beam_center_y"][()]
        fast = detector["module/fast_pixel_direction"].attrs["vector"]
        slow = detector["module/slow_pixel_direction"].attrs["vector"]
        offset = detector["module/module_offset"].attrs["offset"]
        pixel_m = detector["x_pixel_size"][()]
        assert int(entries["max_adu"]) == detector["saturation_value"][()]
        assert int(entries["flag_equal"]) == detector["error_value"][()]
    np.testing.assert_array_equal((fast, slow), [[-1, 0, 0], [0, -1, 0]])
    corner = float(panel["corner_x"]), float(panel["corner_y"])
    # The corner of the first pixel lies half a pixel before its centre, which is (0, 0).
    np.testing.assert_allclose(corner, [beam[0] + 0.5, beam[1] + 0.5])
    np.testing.assert_allclose(np.array(corner) * pixel_m, offset[:2])
    assert float(entries["res"]) == pytest.approx(1 / pixel_m, rel=1e-6)
