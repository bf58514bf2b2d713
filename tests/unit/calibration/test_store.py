"""Pedestals on disk."""

import resource
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import h5py
import numpy as np
import pytest

from jfjoch.calibration.pedestals import Pedestals
from jfjoch.calibration.store import load_pedestals, save_pedestals
from jfjoch.errors import ConfigurationError, OperationFailed
from jfjoch.kernels.counts import MODULE_SHAPE
from jfjoch.model.detector_settings import DEFAULT_DETECTOR_SETTINGS

TIME = datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)
GAIN_FILES = ("/gains/M100.bin", "/gains/M200.bin")


def measured(modules: int = 2, cells: int = 1) -> Pedestals:
    rng = np.random.default_rng(5)
    shape = (3, cells, modules, *MODULE_SHAPE)
    mean = rng.uniform(0, 16383, shape).astype(np.float32)
    mean[0, 0, 0, 1, 2] = np.nan
    rms = rng.uniform(1, 30, shape).astype(np.float32)
    settings = DEFAULT_DETECTOR_SETTINGS.model_copy(update={"jungfrau_storage_cell_count": cells})
    return Pedestals(mean, rms, "measured", TIME, settings)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A saved calibration of two modules."""
    path = tmp_path / "calibration" / "JF-1.h5"
    save_pedestals(path, measured(), "JF-1", GAIN_FILES)
    return path


def test_round_trip(path: Path) -> None:
    loaded, saved = load_pedestals(path, 2, 1, "JF-1", GAIN_FILES), measured()
    np.testing.assert_array_equal(loaded.mean_adu, saved.mean_adu)
    np.testing.assert_array_equal(loaded.rms_adu, saved.rms_adu)
    assert loaded.mean_adu.dtype == loaded.rms_adu.dtype == np.float32
    assert loaded.origin == "loaded"
    assert loaded.time == TIME
    assert loaded.settings == saved.settings


def test_layout_of_the_file(path: Path) -> None:
    with h5py.File(path) as file:
        for name in ("pedestal_g0", "pedestal_g1", "pedestal_g2", "pedestal_rms_g0"):
            assert file[name].shape == (1, 2, *MODULE_SHAPE)
            assert file[name].dtype == np.dtype("<f4")
        assert file.attrs["detector_serial_number"] == "JF-1"
        assert datetime.fromisoformat(file.attrs["time"]) == TIME
        assert list(file.attrs["gain_files"]) == ["M100.bin", "M200.bin"]


def test_storage_cells(tmp_path: Path) -> None:
    save_pedestals(tmp_path / "cells.h5", measured(1, 4), "JF-1", ())
    assert load_pedestals(tmp_path / "cells.h5", 1).mean_adu.shape[1] == 4
    with pytest.raises(ConfigurationError, match=r"\[4, 1, 512, 1024\]; .*\[2, 1, 512, 1024\]"):
        load_pedestals(tmp_path / "cells.h5", 1, storage_cell_count=2)


def test_only_the_required_data_sets_are_required(path: Path) -> None:
    with h5py.File(path, "a") as file:
        for name in ("pedestal_rms_g1", "pedestal_rms_g2"):
            del file[name]
        for name in list(file.attrs):
            del file.attrs[name]
    loaded = load_pedestals(path, 2, 1, "JF-other", ("another.bin",))
    assert np.isnan(loaded.rms_adu[1:]).all()
    assert np.isfinite(loaded.rms_adu[0]).all()
    assert loaded.time is None
    assert loaded.settings is None


@pytest.mark.parametrize("text", ["", "{}", '{"frame_time_us": "long"}'])
def test_settings_that_are_none(path: Path, text: str) -> None:
    with h5py.File(path, "a") as file:
        file.attrs["detector_settings"] = text
    with pytest.raises(ConfigurationError, match=r"detector_settings.* in calibration file .*JF-1"):
        load_pedestals(path, 2)


@pytest.mark.parametrize("name", ["pedestal_g0", "pedestal_g2", "pedestal_rms_g0"])
def test_missing_data_set_is_named(path: Path, name: str) -> None:
    with h5py.File(path, "a") as file:
        del file[name]
    with pytest.raises(ConfigurationError, match=f"no data set {name}"):
        load_pedestals(path, 2)


def test_wrong_shape_names_both(path: Path) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        load_pedestals(path, 8)
    assert "[1, 2, 512, 1024]" in str(refusal.value)
    assert "[1, 8, 512, 1024]" in str(refusal.value)


@pytest.mark.parametrize("shape", [(), (0,), (0, 2, 512, 1024), (2, 512, 1024)])
def test_odd_shapes(path: Path, shape: tuple[int, ...]) -> None:
    with h5py.File(path, "a") as file:
        for name in list(file):
            del file[name]
            file[name] = np.zeros(shape, np.float32)
    with pytest.raises(ConfigurationError, match="expected float32"):
        load_pedestals(path, 2)


def test_text_in_place_of_numbers(path: Path) -> None:
    with h5py.File(path, "a") as file:
        del file["pedestal_g1"]
        file["pedestal_g1"] = "2450"
    with pytest.raises(ConfigurationError, match="pedestal_g1 in calibration file"):
        load_pedestals(path, 2)


def test_float64_and_text_attributes_of_fixed_length(path: Path) -> None:
    with h5py.File(path, "a") as file:
        del file["pedestal_g0"]
        file["pedestal_g0"] = measured().mean_adu[0].astype(np.float64)
        file.attrs["detector_serial_number"] = np.bytes_("JF-1")
    loaded = load_pedestals(path, 2, serial_number="JF-1")
    np.testing.assert_array_equal(loaded.mean_adu, measured().mean_adu)
    assert loaded.mean_adu.dtype == np.float32


def test_calibration_of_another_detector(path: Path) -> None:
    with pytest.raises(ConfigurationError, match="belongs to detector JF-1, not to JF-2"):
        load_pedestals(path, 2, serial_number="JF-2")


def test_calibration_with_other_gain_files(path: Path) -> None:
    load_pedestals(path, 2, gain_file_names=("/moved/M100.bin", "/moved/M200.bin"))
    with pytest.raises(ConfigurationError, match=r"M100\.bin.*M300\.bin"):
        load_pedestals(path, 2, gain_file_names=("M100.bin", "M300.bin"))


@pytest.mark.parametrize(
    "time",
    [
        "yesterday",
        "",
        "2025-02-30T12:00:00+00:00",
        "2025-03-04T25:00:00+00:00",
        "99999-01-01T00:00:00+00:00",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        np.bytes_("2025-13-01"),
        np.float64(1.7e9),
        np.array(["2025-03-04"], dtype=object),
    ],
)
def test_time_that_is_none(path: Path, time: object) -> None:
    """Words, days and hours that no calendar has, years before 1 or after 9999, numbers."""
    with h5py.File(path, "a") as file:
        file.attrs["time"] = time
    with pytest.raises(ConfigurationError, match=r"time .* in calibration file .*JF-1\.h5 is no"):
        load_pedestals(path, 2)


def test_time_without_zone_is_local(path: Path) -> None:
    with h5py.File(path, "a") as file:
        file.attrs["time"] = "2025-03-04T05:06:07"
    assert load_pedestals(path, 2).time == datetime(2025, 3, 4, 5, 6, 7).astimezone()


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nothing\.h5 does not exist"):
        load_pedestals(tmp_path / "nothing.h5", 1)


def test_file_that_is_no_hdf5(tmp_path: Path) -> None:
    (tmp_path / "text.h5").write_text("not HDF5")
    with pytest.raises(ConfigurationError, match=r"text\.h5 can't be read"):
        load_pedestals(tmp_path / "text.h5", 1)


@pytest.mark.parametrize("kept", [0.001, 0.5, 0.99])
def test_truncated_file(path: Path, kept: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(ConfigurationError, match=r"JF-1\.h5 can't be read"):
        load_pedestals(path, 2)


def test_saving_replaces_and_leaves_nothing_beside(path: Path) -> None:
    newer = measured()
    newer.mean_adu[:] = 1
    save_pedestals(path, newer, "JF-1", ())
    assert (load_pedestals(path, 2).mean_adu == 1).all()
    assert list(path.parent.iterdir()) == [path]


@pytest.fixture
def full_disk() -> Iterator[None]:
    """Let every file end at 1 MB, as a full disk would."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.usefixtures("path", "full_disk")
def test_a_save_that_fails_leaves_the_old_file(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(OperationFailed, match="the one saved before is unchanged"):
        save_pedestals(path, measured(), "JF-1", ())
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_place_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OperationFailed, match="can't be saved as"):
        save_pedestals(tmp_path / "file" / "JF-1.h5", measured(), "JF-1", ())
