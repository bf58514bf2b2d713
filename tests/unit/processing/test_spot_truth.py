"""Spots of simulated images of which the truth is known."""

from pathlib import Path

import numpy as np
import pytest

from jfjoch.geometry.modules import module_layout
from jfjoch.processing.spot_finding import SpotFinding, spot_modules
from tests.helpers.pipeline_runs import detector_of
from tests.helpers.pixel_types import pixel_plan
from tests.helpers.simulated_diffraction import DiffractionImages, Score
from tests.helpers.spot_runs import spot_settings

SETTINGS = spot_settings(
    signal_to_noise_threshold=4,
    photon_count_threshold=3,
    min_pix_per_spot=3,
    max_pix_per_spot=50,
)
PEAKFINDER8_RECALL = (0.14, 0.74, 0.997, 1.0)
EQUAL = 0.02
MOST_FALSE = 0.006
MOST_ERROR_PXL = 0.16


def finder_of(data: DiffractionImages, most_spots: int) -> SpotFinding:
    layout = module_layout(detector_of(8, 2), assembled=True)
    modules = spot_modules(layout, data.mask)
    return SpotFinding(layout, modules, pixel_plan(), data.geometry, most_spots)


@pytest.fixture(scope="module")
def stills(shared_data: Path) -> DiffractionImages:
    return DiffractionImages.load(shared_data, "stills")


@pytest.mark.parametrize("name", ["stills", "rotation"])
def test_true_spots_are_found_where_they_are(shared_data: Path, name: str) -> None:
    """Not behind peakfinder8 in any class of photons; few false ones; true places."""
    data = DiffractionImages.load(shared_data, name)
    finder, score = finder_of(data, most_spots=2000), Score.new()
    for image, true in zip(data.images, data.truth, strict=True):
        found = finder.apply(image.ravel(), SETTINGS)
        assert found.spot_count == len(found.spots)
        if len(true.x_pxl):
            score.add(found.spots.x_pxl, found.spots.y_pxl, true)
    assert (score.recall > np.array(PEAKFINDER8_RECALL) - EQUAL).all(), score.recall
    assert score.false_share <= MOST_FALSE
    assert score.median_error_pxl <= MOST_ERROR_PXL


def test_blank_image_has_no_spots(stills: DiffractionImages) -> None:
    finder = finder_of(stills, most_spots=250)
    assert len(stills.blank) == 1
    for number in stills.blank:
        assert finder.apply(stills.images[number].ravel(), SETTINGS).spot_count <= 2


def test_kept_spots_are_the_most_intense(stills: DiffractionImages) -> None:
    """250 of all that are found."""
    few, all_of_them = finder_of(stills, most_spots=250), finder_of(stills, most_spots=2000)
    counts = []
    for image in stills.images:
        kept = few.apply(image.ravel(), SETTINGS)
        found = all_of_them.apply(image.ravel(), SETTINGS)
        assert kept.spot_count == found.spot_count
        np.testing.assert_array_equal(kept.spots.x_pxl, found.spots.x_pxl[:250])
        counts.append(found.spot_count)
    assert max(counts) > 250
