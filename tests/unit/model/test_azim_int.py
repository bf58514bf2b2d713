"""Bins of the azimuthal integration."""

import pytest
from pydantic import ValidationError

from jfjoch.model.azim_int import MOST_BINS, AzimIntSettings


def settings(low: float, high: float, spacing: float) -> AzimIntSettings:
    return AzimIntSettings(
        solid_angle_corr=True, high_q_recipA=high, low_q_recipA=low, q_spacing=spacing
    )


@pytest.mark.parametrize(
    ("low", "high", "spacing", "count"),
    [
        (0.1, 5.0, 0.05, 98),  # 97.99999999999999 in doubles
        (0.0, 1.0, 0.1, 10),
        (0.0, 1.0, 0.3, 4),  # the last bin ends beyond the range
        (0.0, 0.3, 0.1, 3),  # 2.9999999999999996 in doubles
        (1.0, 2.0, 5.0, 1),
        (0.0, 1.0, 1.0 / MOST_BINS, MOST_BINS),
    ],
)
def test_number_of_bins(low: float, high: float, spacing: float, count: int) -> None:
    """B127: a range of a whole number of spacings has that many bins."""
    azim_int = settings(low, high, spacing)
    assert azim_int.bin_count == len(azim_int.bin_to_q) == count
    assert azim_int.bin_to_q.dtype == "float32"
    assert azim_int.bin_to_q[0] == pytest.approx(low + spacing / 2)
    assert azim_int.bin_to_q[-1] == pytest.approx(low + (count - 0.5) * spacing)


@pytest.mark.parametrize(
    ("low", "high", "spacing", "named"),
    [
        (0.0, 1.0, 0.9999 / MOST_BINS, "q_spacing"),
        (0.0, 1.0, 1e7, "q_spacing"),
        (1.0, 1.0, 0.1, "low_q_recipA"),
        (0.0, float("nan"), 0.1, "high_q_recipA"),
    ],
)
def test_ranges_without_sense(low: float, high: float, spacing: float, named: str) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(low, high, spacing)
    assert [error["loc"] for error in caught.value.errors()] == [(named,)]
