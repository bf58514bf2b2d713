"""What programs that know nothing of this package make of a master file."""

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fabio
import h5py
import hdf5plugin  # noqa: F401  (registers the filters images are compressed with)
import numpy as np
import nxmx
import silx.io
from numpy.typing import NDArray

_DETECTOR = "/entry/instrument/detector"


@dataclass(frozen=True)
class MasterContent:
    """What a reader needs to start processing."""

    images: NDArray[Any]
    """[images, height, width]"""
    pixel_mask: NDArray[np.uint32]
    distance_m: float
    beam_center_pxl: tuple[float, float]
    wavelength_angstrom: float

    def assert_same(self, other: "MasterContent", reader: str) -> None:
        assert self.images.dtype == other.images.dtype, reader
        np.testing.assert_array_equal(self.images, other.images, reader)
        np.testing.assert_array_equal(self.pixel_mask, other.pixel_mask, reader)
        numbers = (self.distance_m, *self.beam_center_pxl, self.wavelength_angstrom)
        expected = (other.distance_m, *other.beam_center_pxl, other.wavelength_angstrom)
        np.testing.assert_allclose(numbers, expected, rtol=1e-9, err_msg=reader)


def read_with_h5py(master: Path) -> MasterContent:
    with h5py.File(master) as file:
        return _content(file)


def read_with_silx(master: Path) -> MasterContent:
    with silx.io.open(str(master)) as file:
        return _content(file)


def _content(file: Mapping[str, Any]) -> MasterContent:
    return MasterContent(
        images=file["/entry/data/data"][()],
        pixel_mask=file[f"{_DETECTOR}/pixel_mask"][()],
        distance_m=float(file[f"{_DETECTOR}/distance"][()]),
        beam_center_pxl=(
            float(file[f"{_DETECTOR}/beam_center_x"][()]),
            float(file[f"{_DETECTOR}/beam_center_y"][()]),
        ),
        wavelength_angstrom=float(file["/entry/instrument/beam/incident_wavelength"][()]),
    )


def read_with_nxmx(master: Path) -> MasterContent:
    with h5py.File(master) as file:
        entry = nxmx.NXmx(file).entries[0]
        instrument = entry.instruments[0]
        detector = instrument.detectors[0]
        return MasterContent(
            images=entry.data[0][entry.data[0].signal][()],
            pixel_mask=detector.pixel_mask[()],
            distance_m=float(detector.distance.to("m").magnitude),
            beam_center_pxl=(
                float(detector.beam_center_x.to("pixel").magnitude),
                float(detector.beam_center_y.to("pixel").magnitude),
            ),
            wavelength_angstrom=float(
                instrument.beams[0].incident_wavelength.to("angstrom").magnitude
            ),
        )


def images_of_fabio(master: Path) -> NDArray[Any]:
    """Read all frames.

    It takes both the virtual data set and the links for data, and so finds every image twice,
    first all of the virtual data set.
    """
    with fabio.open(str(master)) as reader:
        return np.stack([reader.get_frame(n).data for n in range(reader.nframes // 2)])


def nxvalidate_errors(master: Path) -> int:
    """Return how many errors nxvalidate counts; its exit code is 0 in any case."""
    command = Path(sys.executable).with_name("nxvalidate")
    done = subprocess.run([command, str(master)], capture_output=True, text=True, check=True)
    text = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
    total = re.search(r"Total number of errors: (\d+)", text)
    assert total, f"nxvalidate gave no total:\n{text}"
    return int(total[1])


def assert_readers_agree(master: Path) -> MasterContent:
    """Read with silx, nxmx, fabio and h5py, compare, validate; the content all of them saw."""
    content = read_with_h5py(master)
    read_with_silx(master).assert_same(content, "silx")
    read_with_nxmx(master).assert_same(content, "nxmx")
    np.testing.assert_array_equal(images_of_fabio(master), content.images, "fabio")
    assert nxvalidate_errors(master) == 0
    return content
