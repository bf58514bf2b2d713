"""What the kernels for counters are told, from the plan."""

import numpy as np

from jfjoch.kernels.counter import FULL_TOTAL, CounterRange, TotalRange
from jfjoch.model.eiger_counter import EigerCounter
from jfjoch.model.plan import PixelPlan


def counter_range(counter: EigerCounter, threshold: int) -> CounterRange:
    """Return the meaning of the numbers in a frame; ``threshold`` 0 = off."""
    limit = FULL_TOTAL if counter.limit is None else counter.limit
    return CounterRange(np.uint32(limit), np.uint32(counter.no_packet), np.uint32(threshold))


def total_range(plan: PixelPlan) -> TotalRange:
    """Return how totals fit into the plan's pixel type."""
    return TotalRange(
        saturation_limit=np.uint32(plan.saturation_value),
        saturated=np.uint32(plan.saturated_value),
        error=np.int64(plan.error_value).astype(np.uint32),
    )
