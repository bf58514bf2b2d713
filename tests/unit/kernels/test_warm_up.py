"""Compilation at start-up."""

from jfjoch.kernels import (
    azimuthal,
    bitshuffle_blocks,
    counter,
    fixed_gain,
    frame,
    mask,
    pixel_statistics,
    quantisation,
    roi,
)
from jfjoch.kernels.warm_up import warm_up
from tests.helpers.pipeline_runs import run_every_kind_of_pipeline

_USED_BY_PIPELINES = (
    frame.convert_to_image,
    frame.convert_to_counts,
    frame.add_to_counts,
    frame.counts_to_image,
    frame.raw_to_image,
    counter.add_counters,
    counter.counters_to_image,
    fixed_gain.g1_as_g0,
    mask.overwrite_pixels,
    quantisation.quantise_pixels,
    pixel_statistics.pixel_statistics,
    bitshuffle_blocks.encode_blocks,
    azimuthal.add_pixels,
    roi.add_regions,
    roi.convert_some,
)


def test_nothing_is_left_to_compile_afterwards() -> None:
    steps: list[tuple[str, int, int]] = []
    warm_up(lambda name, done, total: steps.append((name, done, total)))
    compiled = [len(kernel.signatures) for kernel in _USED_BY_PIPELINES]

    run_every_kind_of_pipeline()

    assert [len(kernel.signatures) for kernel in _USED_BY_PIPELINES] == compiled
    assert [done for _, done, _ in steps] == list(range(len(steps)))
    assert steps[-1] == ("", len(steps) - 1, len(steps) - 1)
