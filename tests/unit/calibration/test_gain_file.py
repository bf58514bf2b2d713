"""Gain files: what is read, and what is refused with which words."""

from pathlib import Path

import numpy as np
import pytest

from jfjoch.calibration.gain_file import load_gain_maps, save_gain_map
from jfjoch.calibration.gains import GainMaps
from jfjoch.errors import ConfigurationError, InvalidInput

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
    gains = load_gain_maps([first, second], 2)
    np.testing.assert_array_equal(gains.maps, expected)
    assert gains.maps.dtype == np.float64
    assert gains.file_names == (str(first), str(second))


def test_file_is_plain_little_endian_float64(tmp_path: Path) -> None:
    path = tmp_path / "gain.bin"
    maps = write(path, 6)
    assert path.stat().st_size == 25_165_824
    np.testing.assert_array_equal(np.fromfile(path, "<f8").reshape(6, *SHAPE), maps)


def test_high_gain_of_g0_is_kept(tmp_path: Path) -> None:
    """B094: HG1 and HG2 are used by nothing."""
    maps = write(tmp_path / "gain.bin", 6)
    gains = load_gain_maps([tmp_path / "gain.bin"], 1)
    np.testing.assert_array_equal(gains.maps[0], maps[:4])
    gains.require_hg0()


def test_high_gain_needs_it_in_every_file(tmp_path: Path) -> None:
    """B094: the first file without is named."""
    write(tmp_path / "six.bin", 6)
    write(tmp_path / "three.bin", 3)
    gains = load_gain_maps([tmp_path / "six.bin", tmp_path / "three.bin"], 2)
    assert gains.maps.shape == (2, 3, *SHAPE)
    with pytest.raises(InvalidInput, match=r"three\.bin has 3 maps.*use_gain_hg0 needs all 6"):
        gains.require_hg0()


def test_high_gain_needs_gain_files() -> None:
    """B094."""
    with pytest.raises(InvalidInput, match=r"needs gain files with 6 maps.*calibration_file"):
        GainMaps.nominal(1).require_hg0()


@pytest.mark.parametrize("size", [0, 100, 12_582_911, 12_582_913, 16_777_216])
def test_any_other_size_is_refused_with_both_sizes(tmp_path: Path, size: int) -> None:
    path = tmp_path / "gain.bin"
    with path.open("wb") as file:
        file.truncate(size)
    with pytest.raises(ConfigurationError) as refusal:
        load_gain_maps([path], 1)
    for part in (str(path), f"{size} bytes", "12582912", "25165824"):
        assert part in str(refusal.value)


def test_number_of_files(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="1 gain files given for 2 modules"):
        load_gain_maps([tmp_path / "gain.bin"], 2)


def test_missing_file_and_directory(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nothing\.bin can't be read: No such file"):
        load_gain_maps([tmp_path / "nothing.bin"], 1)
    with pytest.raises(ConfigurationError, match=str(tmp_path)):
        load_gain_maps([tmp_path], 1)


def test_saving_another_shape_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\[4, 512, 1024\]"):
        save_gain_map(tmp_path / "gain.bin", np.zeros((4, *SHAPE)))
    assert not (tmp_path / "gain.bin").exists()


def test_pixels_without_a_usable_gain_are_counted() -> None:
    """Once per pixel, whichever stage it is; the broker names the number in its log."""
    gains = GainMaps.nominal(2)
    assert gains.unusable_pixel_count() == 0
    gains.maps[0, 0, 3, 4] = 0.0
    gains.maps[0, 1, 3, 4] = np.nan
    gains.maps[1, 2, 0, 0] = np.inf
    assert gains.unusable_pixel_count() == 2
