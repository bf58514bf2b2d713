"""/entry/sample: what was measured, and how it turned."""

import re

import gemmi
import h5py
import numpy as np
from numpy.typing import NDArray

from jfjoch.messages.start import GoniometerAxis, SampleInfo
from jfjoch.nxmx.fields import add_field, add_group
from jfjoch.nxmx.finished_run import FinishedRun


def write_sample(entry: h5py.Group, run: FinishedRun) -> None:
    """NXsample: name, symmetry, and the chain of transformations."""
    sample = add_group(entry, "sample", "NXsample")
    add_field(sample, "name", run.start.sample.sample_name)
    axis = run.start.geometry.goniometer
    if axis is None:
        add_field(sample, "depends_on", ".")
    else:
        _write_goniometer(sample, axis, run.original_image_ids)
    _write_crystal(sample, run.start.sample)


def _write_goniometer(
    sample: h5py.Group, axis: GoniometerAxis, original_image_ids: NDArray[np.int64]
) -> None:
    """NXtransformations: angle of every image, at its start and its end, degrees.

    Counted by the number an image had before any was left out, so that each keeps its angle.
    """
    name = nexus_name(axis.name)
    transformations = add_group(sample, "transformations", "NXtransformations")
    angles = axis.start + axis.increment * original_image_ids.astype(np.float64)
    field = add_field(
        transformations,
        name,
        angles,
        "deg",
        transformation_type="rotation",
        vector=np.array(axis.vector, np.float64),
        depends_on=".",
    )
    add_field(transformations, f"{name}_end", angles + axis.increment, "deg")
    add_field(sample, "depends_on", field.name)


def _write_crystal(sample: h5py.Group, info: SampleInfo) -> None:
    cell = info.unit_cell
    if cell is not None:
        lengths_and_angles = [cell.a, cell.b, cell.c, cell.alpha, cell.beta, cell.gamma]
        add_field(sample, "unit_cell", np.array(lengths_and_angles, np.float64))
    if info.space_group_number > 0:  # 0: not known
        group = gemmi.find_spacegroup_by_number(info.space_group_number)
        if group is not None:
            add_field(sample, "space_group", group.hm)


def nexus_name(name: str) -> str:
    """Return ``name`` with "_" for every character the NeXus naming rule does not allow."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name) or "omega"
