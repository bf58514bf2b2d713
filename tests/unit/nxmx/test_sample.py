"""/entry/sample: angles, cell and symmetry."""

from dataclasses import replace

import h5py
import numpy as np
import pytest

from jfjoch.messages.start import GoniometerAxis, SampleInfo
from tests.helpers.writer_messages import OMEGA
from tests.unit.nxmx.conftest import SaveRun

TRANSFORMATIONS = "/entry/sample/transformations"


def test_rotation(save_run: SaveRun) -> None:
    with h5py.File(save_run()) as file:
        omega = file[f"{TRANSFORMATIONS}/omega"]
        np.testing.assert_allclose(omega, 10 + 0.1 * np.arange(7))
        np.testing.assert_allclose(file[f"{TRANSFORMATIONS}/omega_end"], 10.1 + 0.1 * np.arange(7))
        assert omega.attrs["units"] == "deg"
        assert omega.attrs["vector"].tolist() == [-1, 0, 0]
        assert omega.attrs["transformation_type"] == "rotation"
        assert omega.attrs["depends_on"] == "."
        assert file[TRANSFORMATIONS].attrs["NX_class"] == "NXtransformations"
        assert file["/entry/sample/depends_on"].asstr()[()] == f"{TRANSFORMATIONS}/omega"


def test_left_out_images_leave_the_angles_of_the_others(save_run: SaveRun) -> None:
    with h5py.File(save_run(original_ids=(0, 3, 4, 9, 10, 11, 20))) as file:
        angles = file[f"{TRANSFORMATIONS}/omega"]
        np.testing.assert_allclose(angles, [10.0, 10.3, 10.4, 10.9, 11.0, 11.1, 12.0])


@pytest.mark.parametrize("increment", [-0.25, 0.0, 1e-6, 180.0])
@pytest.mark.parametrize("name", ["omega", "phi"])
def test_any_step_and_axis(save_run: SaveRun, increment: float, name: str) -> None:
    """Backwards, not at all; an end belongs to each start."""
    axis = replace(OMEGA, name=name, increment=increment, start=-5.0)
    with h5py.File(save_run(goniometer=axis)) as file:
        starts, ends = (file[f"{TRANSFORMATIONS}/{field}"][()] for field in (name, f"{name}_end"))
    np.testing.assert_allclose(starts, -5.0 + increment * np.arange(7))
    np.testing.assert_allclose(ends, -5.0 + increment * np.arange(1, 8))


def test_stills(save_run: SaveRun) -> None:
    with h5py.File(save_run(goniometer=None)) as file:
        assert file["/entry/sample/depends_on"].asstr()[()] == "."
        assert "transformations" not in file["/entry/sample"]


@pytest.mark.parametrize(
    ("name", "stored"), [("phi", "phi"), ("a/b", "a_b"), ("../x", "___x"), (".", "_"), ("µ", "_")]
)
def test_axis_names_follow_the_naming_rule(save_run: SaveRun, name: str, stored: str) -> None:
    axis: GoniometerAxis = replace(OMEGA, name=name)
    with h5py.File(save_run(goniometer=axis)) as file:
        assert sorted(file[TRANSFORMATIONS]) == [stored, f"{stored}_end"]


def test_crystal(save_run: SaveRun) -> None:
    with h5py.File(save_run()) as file:
        sample = file["/entry/sample"]
        assert sample.attrs["NX_class"] == "NXsample"
        assert sample["name"].asstr()[()] == "lysozyme"
        assert sample["space_group"].asstr()[()] == "P 43 21 2"
        assert sample["unit_cell"][()].tolist() == [79.0, 79.0, 38.0, 90.0, 90.0, 90.0]


def test_unknown_crystal(save_run: SaveRun) -> None:
    with h5py.File(save_run(sample=SampleInfo())) as file:
        assert sorted(file["/entry/sample"]) == ["depends_on", "name", "transformations"]
        assert "attenuator" not in file["/entry/instrument"]
        assert "total_flux" not in file["/entry/instrument/beam"]


@pytest.mark.parametrize(
    ("name", "stored"),
    [("größe β", "größe β"), ("a\0b", "ab"), ("\ud800", "?"), ("x" * 70_000, "x" * 70_000)],
)
def test_any_text_can_be_stored(save_run: SaveRun, name: str, stored: str) -> None:
    """What HDF5 can't hold is left out or replaced."""
    with h5py.File(save_run(sample=SampleInfo(sample_name=name, source_name=name[:9]))) as file:
        assert file["/entry/sample/name"].asstr()[()] == stored
