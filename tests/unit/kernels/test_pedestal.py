"""The pedestal kernels against their slow twin."""

import numpy as np
import pytest

from jfjoch.kernels import pedestal as kernels
from tests.reference.pedestal import pedestal

G0, G1, G2 = 0x0000, 0x4000, 0xC000
PIXELS = 1500
"""More than one block, the last one not full."""


def run(frames: np.ndarray, gain_bits: int, allowed_wrong: int) -> tuple[np.ndarray, np.ndarray]:
    pixels = frames.shape[1]
    reference, wrong = np.zeros(pixels, np.uint16), np.zeros(pixels, np.uint8)
    total, squares = np.zeros(pixels, np.float32), np.zeros(pixels, np.float32)
    bits = np.uint16(gain_bits)
    for count, raw in enumerate(frames):
        if count <= kernels.MOST_WRONG_ALLOWED:
            kernels.set_reference(raw, bits, count, wrong, reference)
        kernels.accumulate(raw, bits, count, reference, wrong, total, squares)
    mean, rms = np.empty(pixels, np.float32), np.empty(pixels, np.float32)
    kernels.estimate(len(frames), allowed_wrong, reference, wrong, total, squares, mean, rms)
    return mean, rms


def agree(frames: np.ndarray, gain_bits: int, allowed_wrong: int) -> None:
    mean, rms = run(frames, gain_bits, allowed_wrong)
    expected_mean, expected_rms = pedestal(frames, gain_bits, allowed_wrong)
    np.testing.assert_allclose(mean, expected_mean, rtol=0, atol=2e-3)
    np.testing.assert_allclose(rms, expected_rms, rtol=1e-4, atol=5e-3)


@pytest.mark.parametrize("frame_count", [1, 2, 127, 128, 129, 300])
@pytest.mark.parametrize(("gain_bits", "level"), [(G0, 2450), (G1, 13600), (G2, 14100)])
def test_any_number_of_frames(frame_count: int, gain_bits: int, level: int) -> None:
    rng = np.random.default_rng(frame_count)
    adc = rng.normal(level, 20, (frame_count, PIXELS)).astype(np.uint16)
    agree(adc | np.uint16(gain_bits), gain_bits, allowed_wrong=0)


@pytest.mark.parametrize("frame_count", [1, 3, 127, 128, 129, 131, 200])
def test_wrong_gain_samples_are_left_out_wherever_they_come(frame_count: int) -> None:
    rng = np.random.default_rng(frame_count)
    frames = rng.normal(2450, 24, (frame_count, PIXELS)).astype(np.uint16)
    for bits in (0x4000, 0x8000, 0xC000):
        hit = rng.random(frames.shape) < 1.0 / frame_count
        frames[hit] = rng.integers(0, 0x4000, hit.sum(), np.uint16) | np.uint16(bits)
    agree(frames, G0, allowed_wrong=2)
    refused = np.isnan(run(frames, G0, allowed_wrong=2)[0])
    wrong = (frames & 0xC000 != 0).sum(axis=0)
    np.testing.assert_array_equal(refused, (wrong > 2) | (wrong == frame_count))


def test_extreme_values() -> None:
    frames = np.zeros((200, 4), np.uint16)
    frames[:, 1] = 0x3FFF
    frames[1::2, 2] = 0x3FFF
    frames[0, 3] = 0x3FFF
    mean, rms = run(frames, G0, allowed_wrong=2)
    assert (mean[0], rms[0]) == (0, 0)
    assert (mean[1], rms[1]) == (16383, 0)
    expected_mean, expected_rms = pedestal(frames, G0, 2)
    np.testing.assert_allclose(mean, expected_mean, rtol=1e-5)
    np.testing.assert_allclose(rms, expected_rms, rtol=1e-4)


def test_a_pixel_that_is_always_wrong_does_not_come_round_to_good() -> None:
    """The count of wrong samples is one byte: 256 of them are not none."""
    frames = np.full((300, 1), 0x4000 | 2450, np.uint16)
    frames[256:] = 2450
    mean, rms = run(frames, G0, allowed_wrong=2)
    assert np.isnan(mean).all()
    assert np.isnan(rms).all()
