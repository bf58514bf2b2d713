"""Azimuthal integration beside pyFAI's, on an image like those of a JUNGFRAU 4M."""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from pyFAI.ext.histogram import histogram1d_engine  # type: ignore[import-untyped]
from pyFAI.integrator.azimuthal import AzimuthalIntegrator  # type: ignore[import-untyped]

from jfjoch.geometry.module_shape import PIXEL_SIZE_M
from jfjoch.geometry.modules import module_layout
from jfjoch.model.azim_int import AzimIntSettings
from jfjoch.model.detector import Detector, StandardDetectorGeometry
from jfjoch.processing.azimuthal import AzimuthalIntegration
from jfjoch.processing.azimuthal_bins import AzimuthalBins
from tests.helpers.beams import beam_at
from tests.helpers.pixel_types import pixel_plan
from tests.reference.azimuthal import q_map

BEAM = beam_at(1037.4, 1074.3, 0.15, 12.39842 / 12.4)
BINS = 1000


class _Image(NamedTuple):
    pixels: NDArray[np.int16]
    mask: NDArray[np.uint32]
    invalid: NDArray[np.bool_]
    """What pyFAI is told to leave out."""


@cache
def _image() -> _Image:
    """Rings and background, gaps, a masked beam stop, bad and saturated pixels."""
    layout = module_layout(_detector(), assembled=True)
    plan, rng = pixel_plan(), np.random.default_rng(0)
    q = q_map(layout.shape, BEAM)
    pixels = rng.poisson(1 + 3 * np.exp(-q) + 5 * np.exp(-(((q - 1.6) / 0.02) ** 2)))
    mask = layout.to_image(np.zeros(layout.raw_shape, np.uint32), 1)
    mask[1040:1100, 900:1070] = 1 << 8
    pixels[mask == 1] = plan.error_value
    pixels[rng.random(layout.shape) < 0.001] = plan.error_value
    pixels[rng.random(layout.shape) < 0.001] = plan.saturated_value
    invalid = (mask != 0) | np.isin(pixels, [plan.error_value, plan.saturated_value])
    return _Image(pixels.astype(np.int16), mask, invalid)


def _detector() -> Detector:
    geometry = StandardDetectorGeometry(nmodules=8, modules_in_row=2)
    return Detector(description="4M", serial_number="T", standard_geometry=geometry)


def _settings(solid_angle: bool, factor: float | None) -> AzimIntSettings:
    return AzimIntSettings(
        polarization_factor=factor,
        solid_angle_corr=solid_angle,
        high_q_recipA=3.9,
        low_q_recipA=0.1,
        q_spacing=3.8 / BINS,
    )


def _integrator() -> AzimuthalIntegrator:
    """The same geometry in pyFAI's terms: it counts from the corner of a pixel."""
    return AzimuthalIntegrator(
        dist=BEAM.detector_distance_m,
        poni1=(BEAM.beam_center_y_pxl + 0.5) * PIXEL_SIZE_M,
        poni2=(BEAM.beam_center_x_pxl + 0.5) * PIXEL_SIZE_M,
        pixel1=PIXEL_SIZE_M,
        pixel2=PIXEL_SIZE_M,
        wavelength=BEAM.incident_wavelength_angstrom * 1e-10,
    )


CORRECTIONS = [(False, None), (True, None), (False, 0.99), (True, 0.99), (True, -0.5)]


@pytest.mark.parametrize(("solid_angle", "factor"), CORRECTIONS)
def test_same_bins_same_profile(solid_angle: bool, factor: float | None) -> None:
    """B125, B126: to 1e-5 in every bin, when pyFAI is told the bin of each pixel."""
    image, settings = _image(), _settings(solid_angle, factor)
    layout = module_layout(_detector(), assembled=True)
    bins = AzimuthalBins.build(layout, image.mask, BEAM, settings)
    profile = AzimuthalIntegration(bins, pixel_plan()).apply(image.pixels.ravel()).profile

    integrator, shape = _integrator(), image.pixels.shape
    numbers = bins.table.bins.reshape(shape)
    theirs = histogram1d_engine(
        numbers + 0.5,
        BINS,
        image.pixels.astype(np.float32),
        solidangle=integrator.solidAngleArray(shape) if solid_angle else None,
        polarization=None if factor is None else integrator.polarization(shape, factor),
        mask=image.invalid,
        empty=np.nan,
        radial_range=(0, BINS),
    )
    assert np.isfinite(profile).sum() > 0.95 * BINS
    np.testing.assert_allclose(profile, theirs.intensity, rtol=1e-5)


@pytest.mark.parametrize(("solid_angle", "factor"), CORRECTIONS[:4])
def test_bins_of_its_own(solid_angle: bool, factor: float | None) -> None:
    """B124-B127: its bin edges round differently, which moves few pixels."""
    image, settings = _image(), _settings(solid_angle, factor)
    layout = module_layout(_detector(), assembled=True)
    bins = AzimuthalBins.build(layout, image.mask, BEAM, settings)
    result = AzimuthalIntegration(bins, pixel_plan()).apply(image.pixels.ravel())
    theirs = _integrated(image, image.pixels, settings)
    filled = result.sums.pixels > 0
    np.testing.assert_allclose(theirs.radial, settings.bin_to_q, rtol=1e-5)
    difference = np.abs(result.profile[filled] / theirs.intensity[filled] - 1)
    assert np.median(difference) <= 1e-6
    assert np.mean(difference <= 1e-4) >= 0.7


def test_few_pixels_lie_in_another_bin() -> None:
    """Each third of the bins is marked, and must be found in the same bins by pyFAI."""
    image, settings = _image(), _settings(False, None)
    layout = module_layout(_detector(), assembled=True)
    bins = AzimuthalBins.build(layout, image.mask, BEAM, settings)
    numbers = bins.table.bins.reshape(image.pixels.shape)
    same = total = 0.0
    for third in range(3):
        theirs = _integrated(image, numbers % 3 == third, settings)
        same += theirs.sum_signal[third::3].sum()
        total = theirs.count.sum()
    assert same >= (1 - 2e-4) * total


def _integrated(image: _Image, values: NDArray[Any], settings: AzimIntSettings) -> Any:
    return _integrator().integrate1d(
        values.astype(np.float32),
        BINS,
        unit="q_A^-1",
        method=("no", "histogram", "cython"),
        correctSolidAngle=settings.solid_angle_corr,
        polarization_factor=settings.polarization_factor,
        mask=image.invalid,
        radial_range=(settings.low_q_recipA, settings.high_q_recipA),
    )
