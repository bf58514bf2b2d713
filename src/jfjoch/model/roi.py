"""Regions of interest (/config/roi)."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from jfjoch.model.base import INT64_MAX, Settings

MOST_ROIS = 32
"""Of each shape."""

Name = Annotated[str, Field(min_length=1)]


def _of_64_bits(number: int) -> int:
    """Refuse what no kernel can hold; the contract has no limit, so none is declared."""
    if number > INT64_MAX:
        raise ValueError(f"expected a value <= {INT64_MAX}")
    return number


PixelNumber = Annotated[int, Field(ge=0), AfterValidator(_of_64_bits)]


class RoiBox(Settings):
    """A rectangle of the image as sent; its limits belong to it (B150)."""

    name: Name
    min_x_pxl: PixelNumber
    max_x_pxl: PixelNumber
    min_y_pxl: PixelNumber
    max_y_pxl: PixelNumber

    @field_validator("max_x_pxl", "max_y_pxl")
    @classmethod
    def _not_below_min(cls, most: int, info: ValidationInfo) -> int:
        partner = str(info.field_name).replace("max", "min")
        least = info.data.get(partner)  # missing where it is wrong by itself
        if least is not None and most < least:
            raise ValueError(f"expected a value >= {partner} ({least})")
        return most


class RoiCircle(Settings):
    """A disk of the image as sent; whole numbers are centres of pixels (B151)."""

    name: Name
    center_x_pxl: float
    center_y_pxl: float
    radius_pxl: Annotated[float, Field(gt=0.0)]


class RoiBoxList(Settings):
    """All rectangles."""

    rois: Annotated[list[RoiBox], Field(max_length=MOST_ROIS)] = Field(default_factory=list)


class RoiCircleList(Settings):
    """All disks."""

    rois: Annotated[list[RoiCircle], Field(max_length=MOST_ROIS)]


class RoiDefinitions(Settings):
    """All regions; no two of them have the same name, whatever their shape (B149, B153)."""

    box: RoiBoxList
    circle: RoiCircleList

    @property
    def names(self) -> list[str]:
        """Of all regions, boxes first."""
        boxes = [box.name for box in self.box.rois]
        return boxes + [circle.name for circle in self.circle.rois]

    @field_validator("box")
    @classmethod
    def _different_boxes(cls, box: RoiBoxList) -> RoiBoxList:
        _refuse_equal(roi.name for roi in box.rois)
        return box

    @field_validator("circle")
    @classmethod
    def _different_circles(cls, circle: RoiCircleList, info: ValidationInfo) -> RoiCircleList:
        boxes = info.data["box"].rois if "box" in info.data else []
        _refuse_equal(roi.name for roi in [*boxes, *circle.rois])
        return circle


def _refuse_equal(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"expected a name of its own for every ROI; {name!r} stands twice")
        seen.add(name)


NO_ROI = RoiDefinitions(box=RoiBoxList(), circle=RoiCircleList(rois=[]))
