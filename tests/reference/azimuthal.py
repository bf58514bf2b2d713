"""Azimuthal integration of one image, with whole arrays."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jfjoch.messages.start import BeamGeometry
from jfjoch.model.azim_int import AzimIntSettings

PIXEL_M = 75e-6


def _lab(shape: tuple[int, int], beam: BeamGeometry) -> NDArray[np.float64]:
    """[3, height, width], m."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float64)
    away = np.full(shape, beam.detector_distance_m)
    return np.array(
        [
            (x - beam.beam_center_x_pxl) * PIXEL_M,
            (y - beam.beam_center_y_pxl) * PIXEL_M,
            away,
        ]
    )


def q_map(shape: tuple[int, int], beam: BeamGeometry) -> NDArray[np.float64]:
    """2 pi |s|, 1/Angstrom, from the scattering vector."""
    lab = _lab(shape, beam)
    direction = lab / np.linalg.norm(lab, axis=0)
    direction[2] -= 1
    length = np.linalg.norm(direction, axis=0)
    return np.asarray(2 * np.pi * length / beam.incident_wavelength_angstrom)


def correction_map(
    shape: tuple[int, int], beam: BeamGeometry, settings: AzimIntSettings
) -> NDArray[np.float64]:
    """Solid angle x polarisation, 1 where off."""
    lab = _lab(shape, beam)
    two_theta = np.arctan(np.hypot(lab[0], lab[1]) / lab[2])
    phi = np.arctan2(lab[1], lab[0])
    correction = np.ones(shape)
    if settings.solid_angle_corr:
        correction = correction * np.cos(two_theta) ** 3
    factor = settings.polarization_factor
    if factor is not None:
        square = np.cos(two_theta) ** 2
        correction = correction * 0.5 * (1 + square - factor * np.cos(2 * phi) * (1 - square))
    return correction


def bin_map(q: NDArray[np.float64], settings: AzimIntSettings) -> NDArray[np.int64]:
    """Number of the bin, -1 outside of the range."""
    inside = (q >= settings.low_q_recipA) & (q < settings.high_q_recipA)
    bins = np.floor((q - settings.low_q_recipA) / settings.q_spacing).astype(np.int64)
    return np.where(inside, bins, -1)


def profile(
    values: NDArray[np.integer[Any]],
    valid: NDArray[np.bool_],
    bins: NDArray[np.int64],
    corrections: NDArray[np.float64],
    bin_count: int,
) -> tuple[list[float], list[int]]:
    """Mean corrected intensity and number of pixels of each bin; NaN where it is empty."""
    means, pixels = [], []
    for number in range(bin_count):
        inside = valid & (bins == number)
        pixels.append(int(inside.sum()))
        total = int(values[inside].astype(object).sum()) if pixels[-1] else 0
        means.append(total / corrections[inside].sum() if pixels[-1] else np.nan)
    return means, pixels


def background(means: list[float], pixels: list[int], settings: AzimIntSettings) -> float | None:
    """Pixel-weighted mean of the bins whose centre is at 3 to 5 Angstrom."""
    total, weight = 0.0, 0
    for number, (mean, count) in enumerate(zip(means, pixels, strict=True)):
        q = settings.low_q_recipA + (number + 0.5) * settings.q_spacing
        if count and 3 <= 2 * np.pi / q <= 5:
            total, weight = total + mean * count, weight + count
    return total / weight if weight else None
