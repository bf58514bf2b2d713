"""Spot finding at work on small images."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.geometry.modules import ModuleLayout
from jfjoch.messages.start import BeamGeometry
from jfjoch.model.plan import PixelPlan
from jfjoch.model.spot_finding import DEFAULT_SPOT_FINDING, SpotFindingSettings
from jfjoch.processing.spot_finding import FoundSpots, SpotFinding, modules_of
from tests.helpers.pixel_types import pixel_plan
from tests.reference import spot_finding as reference

BEAM = BeamGeometry(
    beam_center_x_pxl=70.3,
    beam_center_y_pxl=40.7,
    detector_distance_m=0.01,
    incident_energy_eV=12398.42,
    incident_wavelength_angstrom=1.0,
)
ANY_RESOLUTION = {"high_resolution_limit": 0.0, "low_resolution_limit": 1e9}


def spot_settings(**changes: object) -> SpotFindingSettings:
    """Return settings that differ from the defaults, at any resolution."""
    values = DEFAULT_SPOT_FINDING.model_dump() | ANY_RESOLUTION | changes
    return SpotFindingSettings.model_validate(values)


@dataclass(frozen=True)
class SmallDetector:
    """Modules of any size in an image of any size."""

    shape: tuple[int, int]
    boxes: list[tuple[slice, slice]]
    mask: NDArray[np.uint32]
    plan: PixelPlan
    most_spots: int = 250

    @classmethod
    def create(
        cls,
        dtype: str = "int16",
        shape: tuple[int, int] = (90, 140),
        boxes: list[tuple[slice, slice]] | None = None,
        mask: NDArray[np.uint32] | None = None,
        most_spots: int = 250,
    ) -> "SmallDetector":
        """Without boxes the whole image is one module; without a mask all pixels are good."""
        boxes = boxes or [(slice(0, shape[0]), slice(0, shape[1]))]
        mask = np.zeros(shape, np.uint32) if mask is None else mask
        return cls(shape, boxes, mask, pixel_plan(dtype), most_spots)

    def finder(self) -> SpotFinding:
        """Return a spot finder with memory of its own."""
        layout = ModuleLayout(*self.shape, True, np.empty((0, 3), np.int64))
        modules = modules_of(self.boxes, self.mask)
        return SpotFinding(layout, modules, self.plan, BEAM, self.most_spots)

    def find(self, image: NDArray[np.integer], settings: SpotFindingSettings) -> FoundSpots:
        """Find spots in one image."""
        return self.finder().apply(image.astype(self.plan.dtype).reshape(-1), settings)

    def expected(
        self, image: NDArray[np.integer], settings: SpotFindingSettings
    ) -> tuple[list[reference.Spot], int]:
        """Return what the slow twin finds."""
        special = np.isin(image, [self.plan.error_value, self.plan.saturated_value])
        valid = (self.mask == 0) & ~special
        return reference.find_spots(image, valid, self.boxes, settings, BEAM)

    def check(self, image: NDArray[np.integer], settings: SpotFindingSettings) -> FoundSpots:
        """Fail unless both find the same."""
        image = image.astype(self.plan.dtype)
        expected, strong_pixels = self.expected(image, settings)
        found = self.find(image, settings)
        assert found.strong_pixel_count == strong_pixels
        assert found.spot_count == len(expected)
        kept = expected[: self.most_spots]
        spots = found.spots
        assert [int(i) for i in spots.max_count] == [spot.max_count for spot in kept]
        assert not spots.indexed.any()
        np.testing.assert_allclose(spots.intensity, [s.intensity for s in kept], rtol=1e-6)
        np.testing.assert_allclose(spots.x_pxl, [s.x for s in kept], atol=1e-4)
        np.testing.assert_allclose(spots.y_pxl, [s.y for s in kept], atol=1e-4)
        return found


def with_spots(
    image: NDArray[np.integer], places: list[tuple[int, int]], photons: int = 200
) -> NDArray[np.integer]:
    """Add spots of 3 x 3 pixels at (row, column), cut at the ends of the image."""
    image = image.copy()
    share = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) * photons // 16
    for row, column in places:
        for j in range(3):
            for i in range(3):
                y, x = row + j - 1, column + i - 1
                if 0 <= y < image.shape[0] and 0 <= x < image.shape[1]:
                    image[y, x] += share[j, i]
    return image


def noise(shape: tuple[int, int], photons: float = 0.3, seed: int = 1) -> NDArray[np.int64]:
    """Draw an even background."""
    return np.random.default_rng(seed).poisson(photons, shape)
