"""Gain files: one per module, raw float64 maps one after the other, no header."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jfjoch.calibration.gains import HG0, GainMaps
from jfjoch.errors import ConfigurationError
from jfjoch.kernels.counts import MODULE_SHAPE

_FILE_TYPE = np.dtype("<f8")
_MAP_BYTES = MODULE_SHAPE[0] * MODULE_SHAPE[1] * _FILE_TYPE.itemsize
_PLAIN_MAPS = 3
"""G0 G1 G2."""
_ALL_MAPS = 6
"""G0 G1 G2 HG0 HG1 HG2."""


def load_gain_maps(paths: Sequence[Path], module_count: int) -> GainMaps:
    """Read one gain file per module, in module order.

    The maps are [module_count, 3, 512, 1024] ADU/keV, or with HG0 as a fourth where every file
    has it. HG1 and HG2 are not used by anything and are not read.

    Raises:
        ConfigurationError: wrong number of files, or a file that can't be read or has another
            size than that of 3 or 6 maps.
    """
    if len(paths) != module_count:
        raise ConfigurationError(
            f"{len(paths)} gain files given for {module_count} modules; list one per module, "
            "in module order"
        )
    without_hg0 = [path for path in paths if _map_count(path) == _PLAIN_MAPS]
    kept = _PLAIN_MAPS if without_hg0 else HG0 + 1
    maps = np.empty((module_count, kept, *MODULE_SHAPE), np.float64)
    for module, path in zip(maps, paths, strict=True):
        module[:] = _read(path, kept)
    return GainMaps(maps, _names(paths), _names(without_hg0))


def save_gain_map(path: Path, maps: ArrayLike) -> None:
    """Write one module's gains, [3 or 6, 512, 1024] ADU/keV, as a gain file.

    Raises:
        ValueError: another shape.
    """
    values = np.asarray(maps, _FILE_TYPE)
    if values.shape not in ((_PLAIN_MAPS, *MODULE_SHAPE), (_ALL_MAPS, *MODULE_SHAPE)):
        raise ValueError(f"gain maps are [3 or 6, 512, 1024], not {list(values.shape)}")
    path.write_bytes(values.tobytes())


def _names(paths: Sequence[Path]) -> tuple[str, ...]:
    return tuple(str(path) for path in paths)


def _read(path: Path, kept: int) -> NDArray[np.float64]:
    try:
        values = np.fromfile(path, _FILE_TYPE, count=kept * MODULE_SHAPE[0] * MODULE_SHAPE[1])
    except OSError as error:
        raise _unreadable(path, error) from error
    return values.reshape(kept, *MODULE_SHAPE)


def _unreadable(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(f"gain file {path} can't be read: {error.strerror}")


def _map_count(path: Path) -> int:
    """Tell 3 from 6 maps by the size, before anything is read."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise _unreadable(path, error) from error
    if size not in (_PLAIN_MAPS * _MAP_BYTES, _ALL_MAPS * _MAP_BYTES):
        raise ConfigurationError(
            f"gain file {path} has {size} bytes; expected {_PLAIN_MAPS * _MAP_BYTES} "
            f"(G0 G1 G2) or {_ALL_MAPS * _MAP_BYTES} (G0 G1 G2 HG0 HG1 HG2): 512 x 1024 float64 "
            "values each, little endian, no header"
        )
    return size // _MAP_BYTES
