"""Pedestals on disk: HDF5, written whole or not at all."""

import os
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from jfjoch.calibration.pedestals import Pedestals
from jfjoch.errors import ConfigurationError, OperationFailed
from jfjoch.kernels.counts import MODULE_SHAPE
from jfjoch.model.detector_settings import DetectorSettings

_MEAN_NAMES = ("pedestal_g0", "pedestal_g1", "pedestal_g2")
_RMS_NAMES = ("pedestal_rms_g0", "pedestal_rms_g1", "pedestal_rms_g2")
_REQUIRED = (*_MEAN_NAMES, _RMS_NAMES[0])


def load_pedestals(
    path: Path,
    module_count: int,
    storage_cell_count: int | None = None,
    serial_number: str | None = None,
    gain_file_names: Sequence[str] | None = None,
) -> Pedestals:
    """Read pedestals; what is None, here or in the file, is not checked.

    The data sets ``pedestal_g0``, ``_g1``, ``_g2`` and ``pedestal_rms_g0`` are
    [storage cells, modules, 512, 1024], ADU; ``pedestal_rms_g1`` and ``_g2`` may be missing and
    are NaN then.

    Raises:
        ConfigurationError: the file is missing, is no HDF5 file, lacks a data set, has another
            shape, or belongs to another detector or to other gain files (compared without their
            directories, as files move).
    """
    try:
        with h5py.File(path, "r") as file:
            _check_detector(file, path, serial_number)
            _check_gain_files(file, path, gain_file_names)
            shape = _common_shape(file, path, module_count, storage_cell_count)
            mean = np.stack([_values(file, path, name, shape) for name in _MEAN_NAMES])
            rms = np.stack([_values(file, path, name, shape) for name in _RMS_NAMES])
            time, settings = _time(file, path), _settings(file, path)
    except FileNotFoundError as error:
        raise ConfigurationError(f"calibration file {path} does not exist") from error
    except (OSError, RuntimeError) as error:  # h5py's two ways to say that the bytes are bad
        raise ConfigurationError(
            f"calibration file {path} can't be read as HDF5: {error}"
        ) from error
    return Pedestals(mean, rms, "loaded", time, settings)


def save_pedestals(
    path: Path, pedestals: Pedestals, serial_number: str, gain_file_names: Sequence[str]
) -> None:
    """Write the file under a temporary name beside it, flush it to disk, then rename it.

    So a crash or a full disk leaves the calibration of before. The directory is made if needed.

    Raises:
        OperationFailed: the file can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as directory:
            temporary = Path(directory) / path.name
            with h5py.File(temporary, "x") as file:
                _write_arrays(file, pedestals)
                _write_attributes(file, pedestals, serial_number, gain_file_names)
            _flush_to_disk(temporary)
            temporary.replace(path)
        _flush_to_disk(path.parent)
    except (OSError, RuntimeError) as error:
        raise OperationFailed(
            f"calibration can't be saved as {path}: {error}; the one saved before is unchanged"
        ) from error


def _check_detector(file: h5py.File, path: Path, serial_number: str | None) -> None:
    found = file.attrs.get("detector_serial_number")
    if found is None or serial_number is None or _text(found) == serial_number:
        return
    raise ConfigurationError(
        f"calibration file {path} belongs to detector {_text(found)}, not to {serial_number}"
    )


def _check_gain_files(file: h5py.File, path: Path, names: Sequence[str] | None) -> None:
    found = file.attrs.get("gain_files")
    if found is None or names is None:
        return
    then = [Path(_text(name)).name for name in np.atleast_1d(found)]
    now = [Path(name).name for name in names]
    if then != now:
        raise ConfigurationError(
            f"calibration file {path} was measured with the gain files {then}, the detector now "
            f"has {now}; measure the pedestal again"
        )


def _text(attribute: object) -> str:
    """HDF5 strings of fixed length come as bytes."""
    return attribute.decode(errors="replace") if isinstance(attribute, bytes) else str(attribute)


def _common_shape(
    file: h5py.File, path: Path, module_count: int, storage_cell_count: int | None
) -> tuple[int, ...]:
    """Return the shape that all data sets must have, before any is read."""
    for name in _REQUIRED:
        if not isinstance(file.get(name), h5py.Dataset):
            raise ConfigurationError(
                f"calibration file {path} has no data set {name}; it needs {', '.join(_REQUIRED)}"
            )
    found = tuple(file[_MEAN_NAMES[0]].shape)
    expected = (module_count, *MODULE_SHAPE)
    cells = storage_cell_count
    if cells is None and len(found) == len(expected) + 1:
        cells = found[0]
    return (cells or 1, *expected)


def _values(file: h5py.File, path: Path, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    if name not in file and name not in _REQUIRED:
        return np.full(shape, np.nan, np.float32)
    dataset = file[name]
    if dataset.shape != shape or dataset.dtype.kind not in "fiu":
        raise ConfigurationError(
            f"{name} in calibration file {path} is {dataset.dtype} {list(dataset.shape)}; expected "
            f"float32 {list(shape)}: storage cells, modules, rows, columns"
        )
    values: NDArray[np.float32] = dataset[()].astype(np.float32, copy=False)
    return values


def _time(file: h5py.File, path: Path) -> datetime | None:
    text = file.attrs.get("time")
    if text is None:
        return None
    try:
        return datetime.fromisoformat(_text(text)).astimezone()
    except (ValueError, OverflowError) as error:
        raise ConfigurationError(
            f"time {_text(text)} in calibration file {path} is no ISO 8601 time"
        ) from error


def _settings(file: h5py.File, path: Path) -> DetectorSettings | None:
    text = file.attrs.get("detector_settings")
    if text is None:
        return None
    try:
        return DetectorSettings.model_validate_json(_text(text))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(["detector_settings", *map(str, first["loc"])])
        raise ConfigurationError(
            f"{place} in calibration file {path} can't be used: {first['msg']}"
        ) from error


def _write_arrays(file: h5py.File, pedestals: Pedestals) -> None:
    for stage, (mean_name, rms_name) in enumerate(zip(_MEAN_NAMES, _RMS_NAMES, strict=True)):
        file[mean_name] = pedestals.mean_adu[stage]
        file[rms_name] = pedestals.rms_adu[stage]


def _write_attributes(
    file: h5py.File, pedestals: Pedestals, serial_number: str, gain_file_names: Sequence[str]
) -> None:
    file.attrs["detector_serial_number"] = serial_number
    names = [Path(name).name for name in gain_file_names]
    file.attrs.create("gain_files", names, (len(names),), h5py.string_dtype())
    if pedestals.time is not None:
        file.attrs["time"] = pedestals.time.isoformat()
    if pedestals.settings is not None:
        file.attrs["detector_settings"] = pedestals.settings.model_dump_json(exclude_none=True)


def _flush_to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
