"""Frames of other kinds than the usual one: an EIGER's counters, unsigned images, fixed gain.

All of the size of a JUNGFRAU 4M, so that their figures stand beside those of its conversion.
"""

from collections.abc import Iterator

import numpy as np

from benchmarks.kernels.measurement import Row
from benchmarks.kernels.workload import FRAME_COUNT, Workload
from jfjoch.kernels.counter import add_counters, counters_to_image
from jfjoch.kernels.direct import new_scratch
from jfjoch.kernels.fixed_gain import g1_as_g0
from jfjoch.kernels.frame import convert_to_image
from jfjoch.model.eiger_counter import EigerCounter, ReadoutBits
from jfjoch.model.plan import PixelPlan
from jfjoch.processing.counter_ranges import counter_range, total_range
from jfjoch.processing.image_target import ImageTarget

_PHOTONS_PER_PIXEL = 0.3
_TABLE_BYTES = 8.0


def other_modes(work: Workload) -> dict[str, Row]:
    """Return a row for every other kind of frame."""
    return {
        **{f"EIGER {bits} bit to image": _counters(work, bits) for bits in (8, 16, 32)},
        "EIGER 16 bit, added to totals": _added_counters(work),
        "conversion to image, unsigned": _unsigned(work),
        "fixed G1, before conversion": _gain_bits(work),
    }


def _counters(work: Workload, bits: ReadoutBits) -> Row:
    counter = EigerCounter(bits)
    plan = _plan(f"uint{bits}", counter)
    target = ImageTarget.create(plan, work.layout)
    frames = list(_frames(work, bits))
    meaning, output = counter_range(counter, 0), total_range(plan)
    where = target.placements, target.extended

    def job(n: int) -> None:
        counters_to_image(frames[n % FRAME_COUNT], meaning, *where, output, target.bits)

    return Row(job, 2 * bits / 8, costs="frame read, image written")


def _added_counters(work: Workload) -> Row:
    frames = list(_frames(work, 16))
    totals = np.zeros(frames[0].size, np.uint32)
    meaning = counter_range(EigerCounter(16), 0)
    return Row(
        lambda n: add_counters(frames[n % FRAME_COUNT], meaning, totals),
        2 + 8,
        costs="sum read and written",
    )


def _frames(work: Workload, bits: int) -> Iterator[np.ndarray]:
    rng = np.random.default_rng(3)
    for _ in range(FRAME_COUNT):
        yield rng.poisson(_PHOTONS_PER_PIXEL, work.frames[0].size).astype(f"uint{bits}")


def _unsigned(work: Workload) -> Row:
    target = ImageTarget.create(_plan("uint16", None), work.layout)
    scratch = new_scratch()
    where = target.placements, target.extended, target.output

    def job(n: int) -> None:
        frame = work.frames[n % FRAME_COUNT].reshape(-1)
        convert_to_image(frame, work.tables, 0, scratch, *where, target.bits)

    return Row(job, 4 + _TABLE_BYTES, costs="reading the tables")


def _gain_bits(work: Workload) -> Row:
    """Take no shorter way for any word: used frames are as good as new ones."""
    frames = [frame.ravel().copy() for frame in work.frames]
    return Row(lambda n: g1_as_g0(frames[n % FRAME_COUNT]), 4, costs="frame read and written")


def _plan(dtype: str, counter: EigerCounter | None) -> PixelPlan:
    highest = int(np.iinfo(dtype).max)
    limit = None if counter is None else counter.limit
    return PixelPlan(
        module_count=1,
        frames_per_image=1,
        dtype=dtype,
        error_value=highest,
        saturated_value=highest,
        saturation_value=min(limit or highest - 1, highest - 1),
        energy_per_count_keV=12.4 if counter is None else None,
        assembled=True,
        low_threshold=0,
        poisson_factor=0,
        mask_applied=False,
        counter=counter,
    )
