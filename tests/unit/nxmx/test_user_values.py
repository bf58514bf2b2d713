"""/entry/user of the master file."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import pytest

from tests.helpers.writer_messages import start_message
from tests.unit.nxmx.conftest import SaveRun


def _saved(save_run: SaveRun, appendix: Any) -> Path:
    sample = replace(start_message().sample, header_appendix=appendix)
    return save_run(sample=sample)


def test_texts_and_numbers_are_saved(save_run: SaveRun) -> None:
    """With their own types; all else is left out."""
    values = {
        "operator": "Zoë",
        "attempt": 3,
        "dose [Gy]": 1.5e6,
        "list": [1, 2],
        "object": {"a": 1},
        "none": None,
        "flag": True,
        "too large": 2**63,
    }
    with h5py.File(_saved(save_run, {"hdf5": values, "other": 1})) as file:
        user = file["/entry/user"]
        assert user.attrs["NX_class"] == "NXcollection"
        assert sorted(user) == ["attempt", "dose__Gy_", "operator"]
        assert user["operator"].asstr()[()] == "Zoë"
        assert user["attempt"][()] == 3
        assert user["attempt"].dtype.kind == "i"
        assert user["dose__Gy_"][()] == 1.5e6


def test_json_text_is_read(save_run: SaveRun) -> None:
    """W037: as the object itself."""
    with h5py.File(_saved(save_run, '{"hdf5": {"a": 1}}')) as file:
        assert file["/entry/user/a"][()] == 1


@pytest.mark.parametrize(
    "appendix",
    [None, "text", "hdf5", 5, [], {}, {"hdf5": None}, {"hdf5": "x"}, {"hdf5": {"x": []}}],
)
def test_nothing_to_save(save_run: SaveRun, appendix: Any) -> None:
    with h5py.File(_saved(save_run, appendix)) as file:
        assert "user" not in file["/entry"]


@pytest.mark.parametrize("name", ["/entry/data", "../data", "a/b", ".", "..", "", "x" * 5000])
def test_a_name_stays_in_its_group(save_run: SaveRun, name: str) -> None:
    with h5py.File(_saved(save_run, {"hdf5": {name: "evil"}})) as file:
        (stored,) = file["/entry/user"]
        assert "/" not in stored
        assert sorted(file["/entry/data"])[0] == "data"


def test_text_that_hdf5_can_not_hold(save_run: SaveRun) -> None:
    with h5py.File(_saved(save_run, {"hdf5": {"a": "x\0y\ud800"}})) as file:
        assert file["/entry/user/a"].asstr()[()] == "xy?"
