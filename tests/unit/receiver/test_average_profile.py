"""The mean profile of a run."""

import numpy as np
import pytest

from jfjoch.receiver.average_profile import AverageProfile


def test_each_bin_is_the_mean_of_the_images_that_fill_it() -> None:
    """B168, B169: bins that no image fills are left out."""
    average = AverageProfile([0.1, 0.2, 0.3, 0.4])
    average.add([np.array([1.0, np.nan, 5.0, np.nan], np.float32)])
    average.add([np.array([2.0, np.nan, np.nan, np.inf]), np.array([6.0, np.nan, 7.0, np.nan])])
    q, means = average.points()
    assert q == [0.1, 0.3]
    assert means == pytest.approx([3.0, 6.0])


def test_no_profile_is_no_point() -> None:
    assert AverageProfile([0.1, 0.2]).points() == ([], [])
    assert AverageProfile().points() == ([], [])
