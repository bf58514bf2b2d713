from pathlib import Path

import h5py
import numpy as np
import pytest

from jfjoch.nxmx.image_count import count_images

ERROR_VALUE = -32768


def write_master(path: Path, images: np.ndarray) -> Path:
    with h5py.File(path, "w") as file:
        file["/entry/data/data"] = images
        file["/entry/instrument/detector/error_value"] = ERROR_VALUE
    return path


def test_images_without_a_single_measured_pixel_are_not_counted(tmp_path: Path) -> None:
    images = np.full((4, 2, 3), ERROR_VALUE, np.int16)
    images[0] = 0
    images[2, 1, 1] = 7
    assert count_images(write_master(tmp_path / "master.h5", images)) == 2


def test_images_of_a_missing_data_file_are_not_counted(tmp_path: Path) -> None:
    layout = h5py.VirtualLayout((2, 2, 3), np.int16)
    layout[:] = h5py.VirtualSource("gone.h5", "/entry/data/data", (2, 2, 3), np.int16)
    path = tmp_path / "master.h5"
    with h5py.File(path, "w") as file:
        file.create_virtual_dataset("/entry/data/data", layout, fillvalue=ERROR_VALUE)
        file["/entry/instrument/detector/error_value"] = ERROR_VALUE
    assert count_images(path) == 0


def test_a_missing_master_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"gone_master\.h5"):
        count_images(tmp_path / "gone_master.h5")
