"""What the analysis of an image has found, within its message."""

import math
from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from jfjoch.errors import StreamError
from jfjoch.messages.analysis import (
    NO_ANALYSIS,
    ImageAnalysis,
    IndexingResult,
    Lattice,
    RoiResult,
    SpotList,
)
from jfjoch.stream.cbor.encoding import Encoded, vector
from jfjoch.stream.cbor.excerpt import excerpt
from jfjoch.stream.cbor.fields import INT64_MAX, Fields
from jfjoch.stream.cbor.memory_budget import PACKED_SPOTS_COST
from jfjoch.stream.cbor.packed_spots import pack_spots, unpack_spots
from jfjoch.stream.cbor.reader import SPOTS
from jfjoch.stream.cbor.unit_cell import read_unit_cell, unit_cell_entry

PROFILE = "az_int_profile"
_LATTICE = "indexing_lattice"
_BACKGROUND = "bkg_estimate"
_ROIS = "roi_integrals"
_LATTICE_NUMBERS = 9
_KEYS = (SPOTS, PROFILE, _BACKGROUND, _ROIS, "spot_count", "strong_pixel_count", "indexing_result")
_FLOAT32_MAX = float(np.finfo(np.float32).max)


def analysis_entries(analysis: ImageAnalysis) -> dict[str, Any]:
    """Return what was found as entries for ``encode_map``."""
    if analysis is NO_ANALYSIS:
        return {}
    return {
        "spot_count": analysis.spot_count,
        "strong_pixel_count": analysis.strong_pixel_count,
        _BACKGROUND: finite_or_none(analysis.bkg_estimate),
        PROFILE: None if analysis.profile is None else vector(analysis.profile),
        _ROIS: {roi.name: _roi_entry(roi) for roi in analysis.rois} or None,
        **_indexing_entries(analysis.indexing),
        SPOTS: _spots_entry(analysis.spots),
    }


def finite_or_none(number: float | None) -> float | None:
    """Leave out what is no number; receivers refuse it."""
    return None if number is None or not math.isfinite(number) else float(number)


def decode_analysis(fields: Fields) -> ImageAnalysis:
    """Return what the message says was found, ``NO_ANALYSIS`` if nothing.

    StreamError names the key that is wrong.
    """
    if not any(key in fields for key in _KEYS):
        return NO_ANALYSIS
    return ImageAnalysis(
        profile=fields.values(PROFILE, np.float32) if PROFILE in fields else None,
        bkg_estimate=fields.optional_number(_BACKGROUND),
        rois=_rois(fields.section(_ROIS)),
        spots=_spots(fields),
        spot_count=fields.optional_integer("spot_count"),
        strong_pixel_count=fields.optional_integer("strong_pixel_count"),
        indexing=_indexing(fields),
    )


def _spots_entry(spots: SpotList | None) -> Encoded | None:
    return None if spots is None else Encoded((pack_spots(spots),), PACKED_SPOTS_COST)


def _roi_entry(roi: RoiResult) -> dict[str, int]:
    entry = {
        "sum": _within_64_bits(roi.sum),
        "sum_square": _within_64_bits(roi.sum_square),
        "pixels": roi.valid_pixels,
    }
    if roi.max_count is not None:
        entry["max_count"] = int(roi.max_count)
    return entry


def _within_64_bits(value: int) -> int:
    """What needs more becomes the nearest number that does not."""
    return max(-INT64_MAX, min(int(value), INT64_MAX))


def _indexing_entries(indexing: IndexingResult | None) -> dict[str, Any]:
    if indexing is None:
        return {}
    lattice = indexing.lattice
    return {
        "indexing_result": bool(indexing.indexed),
        _LATTICE: None if lattice is None else [float(number) for number in lattice],
        "indexing_unit_cell": unit_cell_entry(indexing.unit_cell),
    }


def _spots(fields: Fields) -> SpotList | None:
    """Other senders may write the numbers in other widths."""
    value = fields.raw(SPOTS)
    if isinstance(value, np.ndarray) and value.dtype.names:
        spots = unpack_spots(value)
        return _refuse(fields, SPOTS, "finite numbers") if spots is None else spots
    return None if value is None else _listed_spots(fields.maps(SPOTS))


def _listed_spots(maps: list[Fields]) -> SpotList:
    x, y, intensity = (
        np.array([_float32(spot, key) for spot in maps], np.float32) for key in ("x", "y", "I")
    )
    counts = [spot.integer("maxc", default=0, minimum=-INT64_MAX) for spot in maps]
    indexed = [spot.flag("indexed", default=False) for spot in maps]
    return SpotList(x, y, intensity, np.array(counts, np.int64), np.array(indexed, np.bool_))


def _float32(fields: Fields, key: str) -> float:
    number = fields.number(key)
    if abs(number) > _FLOAT32_MAX:
        _refuse(fields, key, "a number that float32 can hold")
    return number


def _rois(rois: Fields) -> tuple[RoiResult, ...]:
    return tuple(_roi(name, rois.section(name)) for name in rois.names)


def _roi(name: str, roi: Fields) -> RoiResult:
    return RoiResult(
        name=name,
        sum=roi.integer("sum", minimum=-INT64_MAX),
        sum_square=roi.integer("sum_square"),
        max_count=roi.optional_integer("max_count", minimum=-INT64_MAX),
        valid_pixels=roi.integer("pixels"),
    )


def _indexing(fields: Fields) -> IndexingResult | None:
    if "indexing_result" not in fields:
        return None
    return IndexingResult(
        indexed=fields.flag("indexing_result", default=False),
        lattice=_lattice(fields) if _LATTICE in fields else None,
        unit_cell=read_unit_cell(fields.section("indexing_unit_cell")),
    )


def _lattice(fields: Fields) -> Lattice:
    value: object = fields.raw(_LATTICE)
    numbers = _numbers(value)
    if len(numbers) != _LATTICE_NUMBERS:
        _refuse(fields, _LATTICE, f"{_LATTICE_NUMBERS} numbers")
    parts = Fields(f"{fields.name}.{_LATTICE}", numbers)
    a, b, c, d, e, f, g, h, i = (parts.number(key) for key in numbers)
    return a, b, c, d, e, f, g, h, i


def _numbers(value: object) -> Mapping[str, object]:
    """A list, or a typed array as others may send it; nothing of anything else."""
    if isinstance(value, np.ndarray) and value.dtype.names is None:
        array: NDArray[np.generic] = value
        value = array[: _LATTICE_NUMBERS + 1].tolist()
    return {str(n): x for n, x in enumerate(value)} if isinstance(value, list) else {}


def _refuse(fields: Fields, key: str, expected: str) -> NoReturn:
    shown = excerpt(fields.raw(key))
    raise StreamError(f"{fields.name}: {key}: expected {expected}, got {shown}")
