"""Whether a start describes a run that can be written at all."""

import numpy as np

from jfjoch.errors import FileRefused
from jfjoch.messages.start import StartMessage
from jfjoch.model.plan import LONGEST_RUN_IMAGES, LONGEST_RUN_S

LARGEST_SIDE_PXL = 65_535
MOST_FILES = 1_000_000
LARGEST_ANGLE_DEG = 1e9
"""Beyond a million turns the steps of a scan are lost in rounding, or the numbers overflow."""
LAST_SPACE_GROUP = 230
"""International Tables for Crystallography, volume A; 0 stands for "not known"."""
MOST_SPOTS = 100_000
"""Listed per image; each of them takes room in every image, found or not."""
_YEARS = (1900, 9000)
"""Beyond, dates can't be calculated with."""


def check_start(start: StartMessage) -> None:
    """Raise FileRefused for numbers no run can have; a broken or hostile stream sends them."""
    _expect_within("number_of_images", start.number_of_images, 1, LONGEST_RUN_IMAGES)
    _expect_within("image_size_x", start.image.width, 1, LARGEST_SIDE_PXL)
    _expect_within("image_size_y", start.image.height, 1, LARGEST_SIDE_PXL)
    _expect_within("images_per_file", start.files.images_per_file, 0, 2**63 - 1)
    files = -(-start.number_of_images // (start.files.images_per_file or start.number_of_images))
    _expect_within("number_of_images / images_per_file", files, 1, MOST_FILES)
    _expect_within("socket_number", start.files.socket_number, 0, start.files.socket_count - 1)
    limits = np.iinfo(start.image.dtype)
    _expect_within("error_value", start.image.error_value, int(limits.min), int(limits.max))
    run_time_s = start.number_of_images * start.image_time_s
    _expect_within("frame_time x number_of_images", run_time_s, 0.0, LONGEST_RUN_S)
    _expect_within("year of arm_date", start.arm_date.year, *_YEARS)
    _expect_within("space_group_number", start.sample.space_group_number, 0, LAST_SPACE_GROUP)
    _expect_within("max_spot_count", start.analysis.max_spot_count, 0, MOST_SPOTS)
    _check_angles(start)


def _check_angles(start: StartMessage) -> None:
    axis = start.geometry.goniometer
    if axis is not None:
        scan_deg = axis.increment * start.number_of_images
        for name, angle_deg in (("start", axis.start), ("increment x number_of_images", scan_deg)):
            _expect_within(f"goniometer {name}", angle_deg, -LARGEST_ANGLE_DEG, LARGEST_ANGLE_DEG)


def _expect_within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise FileRefused(f"start: expected {name} of {low} to {high}, got {value}")
