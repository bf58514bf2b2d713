"""/entry/roi: sums over the regions of interest, a group for each region."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from jfjoch.messages.analysis import RoiResult
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.start import StartMessage
from jfjoch.nxmx.image_record import ImageRecord, RunConstant
from jfjoch.nxmx.sample import nexus_name

_ROI = "/entry/roi"
_LIMITS = np.iinfo(np.int64)

_FIELDS: dict[str, Callable[[RoiResult], int | None]] = {
    "sum": lambda roi: roi.sum,
    "sum_sq": lambda roi: roi.sum_square,
    "max": lambda roi: roi.max_count,
    "npixel": lambda roi: roi.valid_pixels,
}


def roi_records(start: StartMessage) -> list[ImageRecord]:
    """Return four numbers per region; where ``npixel`` is 0 the others mean nothing."""
    return [
        ImageRecord(f"{group}/{field}", "int64", 0, partial(_number, number, name, number_of))
        for number, (name, group) in enumerate(_groups(start))
        for field, number_of in _FIELDS.items()
    ]


def roi_constants(start: StartMessage) -> list[RunConstant]:
    """Return the name of each region as the user wrote it."""
    return [RunConstant(f"{group}/name", name) for name, group in _groups(start)]


def _groups(start: StartMessage) -> Iterator[tuple[str, str]]:
    """Name and group of each region; two groups must not become one."""
    taken: set[str] = set()
    for number, name in enumerate(start.analysis.rois.names):
        group = nexus_name(name)
        while group in taken:
            group = f"{group}_{number}"
        taken.add(group)
        yield name, f"{_ROI}/{group}"


def _number(
    place: int, name: str, number_of: Callable[[RoiResult], int | None], image: ImageMessage
) -> int | None:
    rois = image.analysis.rois
    if place >= len(rois) or rois[place].name != name:
        return None
    value = number_of(rois[place])
    return None if value is None else min(max(value, _LIMITS.min), _LIMITS.max)
