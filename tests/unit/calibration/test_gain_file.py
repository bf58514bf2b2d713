"""Gain files: what is read, and what is refused with which words."""

from pathlib import Path

import numpy as np
import pytest

from jfjoch.calibration.gain_file import load_gain_maps, save_gain_map
from jfjoch.errors import ConfigurationError

SHAPE = (512, 1024)


def write(path: Path, map_count: int, first: float = 41.0) -> np.ndarray:
    maps = np.empty((map_count, *SHAPE))
    maps[:] = first + np.arange(map_count)[:, None, None]
    maps[0, 3, 5] = -7.25
    save_gain_map(path, maps)
    return maps


def test_modules_come_in_the_order_of_the_files(tmp_path: Path) -> None:
    first, second = tmp_path / "gainMaps_M200.bin", tmp_path / "gainMaps_M100.bin"
    expected = [write(first, 3, 41.0), write(second, 3, 43.0)]
    gains = load_gain_maps([first, second], 2, use_hg0=False)
    np.testing.assert_array_equal(gains.maps, expected)
    assert gains.maps.dtype == np.float64
    assert gains.file_names == (str(first), str(second))


def test_file_is_plain_little_endian_float64(tmp_path: Path) -> None:
    path = tmp_path / "gain.bin"
    maps = write(path, 6)
    assert path.stat().st_size == 25_165_824
    np.testing.assert_array_equal(np.fromfile(path, "<f8").reshape(6, *SHAPE), maps)


@pytest.mark.parametrize(("use_hg0", "kept"), [(False, 3), (True, 6)])
def test_hg0_maps_are_kept_only_if_used(tmp_path: Path, use_hg0: bool, kept: int) -> None:
    path = tmp_path / "gain.bin"
    maps = write(path, 6)
    gains = load_gain_maps([path], 1, use_hg0)
    np.testing.assert_array_equal(gains.maps[0], maps[:kept])


def test_hg0_needs_six_maps(tmp_path: Path) -> None:
    write(tmp_path / "gain.bin", 3)
    with pytest.raises(ConfigurationError, match=r"gain\.bin has 3 maps.*use_gain_hg0 needs all 6"):
        load_gain_maps([tmp_path / "gain.bin"], 1, use_hg0=True)


@pytest.mark.parametrize("size", [0, 100, 12_582_911, 12_582_913, 16_777_216])
def test_any_other_size_is_refused_with_both_sizes(tmp_path: Path, size: int) -> None:
    path = tmp_path / "gain.bin"
    with path.open("wb") as file:
        file.truncate(size)
    with pytest.raises(ConfigurationError) as refusal:
        load_gain_maps([path], 1, use_hg0=False)
    for part in (str(path), f"{size} bytes", "12582912", "25165824"):
        assert part in str(refusal.value)


def test_number_of_files(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="1 gain files given for 2 modules"):
        load_gain_maps([tmp_path / "gain.bin"], 2, use_hg0=False)


def test_missing_file_and_directory(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nothing\.bin can't be read: No such file"):
        load_gain_maps([tmp_path / "nothing.bin"], 1, use_hg0=False)
    with pytest.raises(ConfigurationError, match=str(tmp_path)):
        load_gain_maps([tmp_path], 1, use_hg0=False)


def test_saving_another_shape_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\[4, 512, 1024\]"):
        save_gain_map(tmp_path / "gain.bin", np.zeros((4, *SHAPE)))
    assert not (tmp_path / "gain.bin").exists()
