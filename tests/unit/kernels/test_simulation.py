"""The simulation kernels against their slow twins."""

import numpy as np
import pytest

from jfjoch.kernels import simulation as kernels
from tests.reference.simulation import poisson_count, read_out, row_noise

ROWS, COLUMNS = 6, 50


@pytest.fixture
def pixels() -> dict[str, np.ndarray]:
    """Pedestals, noise and gains of a small module."""
    rng = np.random.default_rng(3)
    shape = (3, ROWS, COLUMNS)
    levels = np.array([2450, 13600, 14100])[:, None, None]
    gains = np.array([41.0, -1.439, -0.1145])[:, None, None] * rng.normal(1, 0.03, shape)
    return {
        "pedestals": rng.normal(levels, 80, shape).astype(np.float32),
        "rms": rng.normal(20, 2, shape).astype(np.float32),
        "gains": gains,
        "noise": rng.standard_normal(500).astype(np.float32),
        "offsets": rng.integers(0, 500 - COLUMNS + 1, ROWS),
    }


@pytest.mark.parametrize(("stage", "bits"), [(0, 0x0000), (1, 0x4000), (2, 0xC000)])
def test_dark_frame(pixels: dict[str, np.ndarray], stage: int, bits: int) -> None:
    raw = np.empty((ROWS, COLUMNS), np.uint16)
    pedestals, rms = pixels["pedestals"], pixels["rms"]
    kernels.read_out_dark(
        pedestals[stage], rms[stage], np.uint16(bits), pixels["noise"], pixels["offsets"], raw
    )
    z = row_noise(pixels["noise"], pixels["offsets"], COLUMNS)
    none = np.zeros((ROWS, COLUMNS), np.float32)
    expected = read_out(none, stage, pedestals, rms, pixels["gains"], z)
    np.testing.assert_array_equal(raw, expected)


def test_dark_adc_is_clamped() -> None:
    pedestal = np.array([[-50.0, 0.4, 0.6, 16382.6, 16900.0]], np.float32)
    raw = np.empty((1, 5), np.uint16)
    nothing, table = np.zeros((1, 5), np.float32), np.zeros(5, np.float32)
    kernels.read_out_dark(pedestal, nothing, np.uint16(0xC000), table, np.zeros(1, np.int64), raw)
    np.testing.assert_array_equal(raw & 0x3FFF, [[0, 0, 1, 16383, 16383]])
    np.testing.assert_array_equal(raw >> 14, [[3] * 5])


@pytest.mark.parametrize("stage", [None, 0, 1, 2])
def test_frame_with_light(pixels: dict[str, np.ndarray], stage: int | None) -> None:
    """Charges from nothing over both switching points to saturation."""
    raw = np.empty((ROWS, COLUMNS), np.uint16)
    photons = np.geomspace(0.1, 20000, raw.size).reshape(raw.shape)
    charge = (photons * 12.4).astype(np.float32)
    table = [pixels[name] for name in ("pedestals", "rms", "gains", "noise", "offsets")]
    kernels.read_out_light(charge, kernels.DYNAMIC if stage is None else stage, *table, raw)
    z = row_noise(pixels["noise"], pixels["offsets"], COLUMNS)
    expected = read_out(charge, stage, pixels["pedestals"], pixels["rms"], pixels["gains"], z)
    np.testing.assert_array_equal(raw, expected)
    if stage is None:
        assert set(np.unique(raw >> 14)) == {0, 1, 3}
        assert raw[-1, -1] == 0xC000, "a pixel beyond the range of G2 reads saturated"


def test_poisson_counts_invert_the_distribution() -> None:
    expected = np.repeat(np.array([0.0, 0.01, 0.6, 1.0, 5.0, 15.0], np.float32), 200)
    uniform = np.tile(np.linspace(0, 0.9995, 200, dtype=np.float32), 6)
    counts = np.empty(expected.size, np.uint16)
    kernels.poisson_counts(np.exp(-expected), expected, uniform, counts)
    twin = [poisson_count(float(e), float(u)) for e, u in zip(expected, uniform, strict=True)]
    assert (np.abs(counts - np.array(twin)) <= 1).all()
    assert (counts == twin).mean() > 0.999  # float32 decides a tie otherwise now and then


def test_poisson_count_of_the_largest_random_number_is_possible() -> None:
    """Rounding may keep the cumulative probability below it for ever."""
    uniform = np.full(1000, np.nextafter(np.float32(1), np.float32(0)))
    expected = np.linspace(0.001, 2, 1000, dtype=np.float32)
    counts = np.empty(1000, np.uint16)
    kernels.poisson_counts(np.exp(-expected), expected, uniform, counts)
    assert counts.max() < 25


def test_poisson_mean_and_variance() -> None:
    rng = np.random.default_rng(8)
    expected = np.full(400_000, 0.7, np.float32)
    counts = np.empty(expected.size, np.uint16)
    kernels.poisson_counts(
        np.exp(-expected), expected, rng.random(expected.size, np.float32), counts
    )
    assert counts.mean() == pytest.approx(0.7, abs=0.007)
    assert counts.var() == pytest.approx(0.7, abs=0.012)
