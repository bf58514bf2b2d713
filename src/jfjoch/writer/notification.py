"""What is told of a finished data file."""

from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from jfjoch.messages.start import StartMessage, UnitCell
from jfjoch.nxmx.file_prefix import FilePrefix, check_prefix
from jfjoch.nxmx.user_values import parsed_appendix
from jfjoch.writer.finished_file import FinishedFile
from jfjoch.writer.json_value import json_value


class FileAnnouncer(Protocol):
    """Tells whoever listens about finished files; nobody need, and nobody is waited for."""

    def send(self, content: dict[str, Any]) -> None:
        """Tell of one file; JSON values only."""


class NoAnnouncer:
    """Nobody wants to know."""

    def send(self, content: dict[str, Any]) -> None:
        """Do nothing."""


def notification(start: StartMessage, file: FinishedFile) -> dict[str, Any]:
    """Return what is told of a data file: its name, and what is needed to work on it (W020-W037).

    Optional entries are left out where the start gave none.
    """
    return {
        "filename": file_name(start.files.file_prefix, file.number),
        "nimages": file.image_count,
        "file_number": file.number,
        **_run(start),
        **_detector(start),
        "user_data": _user_data(start.sample.header_appendix),
    }


def _user_data(header_appendix: Any) -> Any:
    try:
        return json_value(parsed_appendix(header_appendix))
    except RecursionError:  # text of so many brackets
        return header_appendix


@lru_cache(maxsize=16)
def file_name(file_prefix: str, file_number: int) -> str:
    """Return the name of a data file relative to the writer's root, as the prefix spells it.

    Remembered, as each report asks for the same one.
    """
    path = check_prefix(file_prefix)
    name = FilePrefix(Path(), path.name).data_file(file_number).name
    return str(PurePosixPath(path.parent) / name)


def _run(start: StartMessage) -> dict[str, Any]:
    sample = start.sample
    entries: dict[str, Any] = {
        "sample_name": sample.sample_name,
        "run_name": start.run_name,
        "run_number": start.run_number,
    }
    if sample.experiment_group:
        entries["experiment_group"] = sample.experiment_group
    if sample.space_group_number:
        entries["space_group_number"] = sample.space_group_number
    if sample.unit_cell is not None:
        entries["unit_cell"] = _unit_cell(sample.unit_cell)
    return entries


def _unit_cell(cell: UnitCell) -> dict[str, float]:
    """Angstrom and degrees."""
    names = ("a", "b", "c", "alpha", "beta", "gamma")
    return {name: float(getattr(cell, name)) for name in names}


def _detector(start: StartMessage) -> dict[str, Any]:
    geometry, image = start.geometry, start.image
    return {
        "beam_x_pxl": float(geometry.beam_center_x_pxl),
        "beam_y_pxl": float(geometry.beam_center_y_pxl),
        "detector_distance_m": float(geometry.detector_distance_m),
        "detector_height_pxl": image.height,
        "detector_width_pxl": image.width,
        "image_time_s": float(start.image_time_s),
        "incident_energy_eV": float(geometry.incident_energy_eV),
        "pixel_size_m": float(start.detector.pixel_size_m),
        "saturation": image.saturation_value,
        "underload": image.error_value,
    }
