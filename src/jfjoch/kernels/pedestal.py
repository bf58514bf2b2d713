"""Kernels of the running pedestal estimate.

The sums are kept relative to each pixel's first good sample: the running sums are linear, so
mean and variance stay the same, but float32 is then exact enough (S2 of 13600 ADU would need
float64) and the pass moves 20 instead of 34 bytes per pixel.
"""

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._jit import kernel

WINDOW = 128
"""W: the first W frames count fully, later ones push out 1/W of the sum."""
MOST_WRONG_ALLOWED = 2
"""A pixel with more wrong-gain samples than this is refused in any stage."""
MOST_WRONG_COUNTED = np.uint8(255)
"""The count of wrong-gain samples stays here."""

_BLOCK = 1024
"""Pixels looked at together: sums and samples stay in the first-level cache."""

_GAIN_MASK = np.uint16(0xC000)
_ADC_MASK = np.uint16(0x3FFF)


@kernel
def set_reference(
    raw: NDArray[np.uint16],
    gain_bits: np.uint16,
    frame_count: int,
    wrong: NDArray[np.uint8],
    reference: NDArray[np.uint16],
) -> None:
    """Take the sample of every pixel that had no good one before as its reference.

    raw: 1-D, gain bits and ADC; gain_bits: those of the stage, at their place (bits 15-14).
    frame_count: frames added before this one; wrong: wrong-gain samples among them, 1-D.
    reference: 1-D, ADU, changed in place.
    """
    for pixel in range(raw.size):
        if wrong[pixel] == frame_count and raw[pixel] & _GAIN_MASK == gain_bits:
            reference[pixel] = raw[pixel] & _ADC_MASK


@kernel
def accumulate(
    raw: NDArray[np.uint16],
    gain_bits: np.uint16,
    frame_count: int,
    reference: NDArray[np.uint16],
    wrong: NDArray[np.uint8],
    total: NDArray[np.float32],
    total_of_squares: NDArray[np.float32],
) -> None:
    """Add one frame: S += x for a pixel's first W good samples, S += x - S/W for later ones.

    raw, gain_bits, frame_count, reference: as for ``set_reference``.
    wrong: 1-D, counts up where the gain bits differ (to 255); such samples are not added.
    total, total_of_squares: 1-D, sums of x = ADC - reference and of x^2 (ADU, ADU^2).

    The sums of a pixel with more than ``MOST_WRONG_ALLOWED`` wrong samples mean nothing.
    """
    filling = frame_count < WINDOW
    filled = frame_count >= WINDOW + MOST_WRONG_ALLOWED
    for begin in range(0, raw.size, _BLOCK):
        end = min(begin + _BLOCK, raw.size)
        block = raw[begin:end]
        sums = (total[begin:end], total_of_squares[begin:end])
        if (filling or filled) and _all_in_stage(block, gain_bits):
            loss = np.float32(0 if filling else 1 / WINDOW)
            _add_block(block, reference[begin:end], loss, *sums)
        else:
            _add_pixels(
                block, gain_bits, frame_count, reference[begin:end], wrong[begin:end], *sums
            )


@kernel
def _all_in_stage(raw: NDArray[np.uint16], gain_bits: np.uint16) -> bool:
    different = np.uint16(0)
    for pixel in range(raw.size):
        different |= raw[pixel] ^ gain_bits
    return bool((different & _GAIN_MASK) == 0)


@kernel
def _add_block(
    raw: NDArray[np.uint16],
    reference: NDArray[np.uint16],
    loss: np.float32,
    total: NDArray[np.float32],
    total_of_squares: NDArray[np.float32],
) -> None:
    """Every sample is good and every pixel at the same side of W: vector code."""
    for pixel in range(raw.size):
        x = np.float32(raw[pixel] & _ADC_MASK) - np.float32(reference[pixel])
        total[pixel] += x - total[pixel] * loss
        total_of_squares[pixel] += x * x - total_of_squares[pixel] * loss


@kernel
def _add_pixels(
    raw: NDArray[np.uint16],
    gain_bits: np.uint16,
    frame_count: int,
    reference: NDArray[np.uint16],
    wrong: NDArray[np.uint8],
    total: NDArray[np.float32],
    total_of_squares: NDArray[np.float32],
) -> None:
    """Each pixel by itself: rare, so that speed does not count."""
    for pixel in range(raw.size):
        if raw[pixel] & _GAIN_MASK != gain_bits:
            wrong[pixel] += np.uint8(wrong[pixel] < MOST_WRONG_COUNTED)
            continue
        loss = np.float32(0 if frame_count - wrong[pixel] < WINDOW else 1 / WINDOW)
        x = np.float32(raw[pixel] & _ADC_MASK) - np.float32(reference[pixel])
        total[pixel] += x - total[pixel] * loss
        total_of_squares[pixel] += x * x - total_of_squares[pixel] * loss


@kernel
def estimate(
    frame_count: int,
    allowed_wrong: int,
    reference: NDArray[np.uint16],
    wrong: NDArray[np.uint8],
    total: NDArray[np.float32],
    total_of_squares: NDArray[np.float32],
    mean: NDArray[np.float32],
    rms: NDArray[np.float32],
) -> None:
    """Turn the sums into mean and RMS, ADU, 1-D; NaN in both where the pixel is refused.

    Refused is a pixel with more than ``allowed_wrong`` wrong-gain samples, or no good one.
    """
    for pixel in range(mean.size):
        samples = min(frame_count - int(wrong[pixel]), WINDOW)
        if wrong[pixel] > allowed_wrong or samples < 1:
            mean[pixel] = rms[pixel] = np.nan
            continue
        offset = np.float64(total[pixel]) / samples
        variance = np.float64(total_of_squares[pixel]) / samples - offset * offset
        mean[pixel] = reference[pixel] + offset
        rms[pixel] = np.sqrt(max(variance, 0.0))


def warm_up() -> None:
    """Compile the kernels of this file."""
    raw = np.zeros(_BLOCK, np.uint16)
    reference, wrong = np.zeros_like(raw), np.zeros(_BLOCK, np.uint8)
    total, total_of_squares = np.zeros(_BLOCK, np.float32), np.zeros(_BLOCK, np.float32)
    set_reference(raw, np.uint16(0), 0, wrong, reference)
    accumulate(raw, np.uint16(0), 0, reference, wrong, total, total_of_squares)
    estimate(1, 0, reference, wrong, total, total_of_squares, total.copy(), total.copy())
