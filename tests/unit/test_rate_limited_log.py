"""Many warnings, few lines."""

import logging

import pytest

from jfjoch.rate_limited_log import RateLimitedLog
from tests.helpers.fake_clock import FakeClock


def test_one_line_per_period_says_how_many_it_stands_for(caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    log = RateLimitedLog(logging.getLogger("test"), period_s=10.0, clock=clock)
    for _ in range(3):
        log.warning("bad bytes")
    clock.wait(10.0)
    log.warning("worse bytes")
    assert caplog.messages == ["bad bytes", "worse bytes (2 more like this left out)"]
    assert log.count == 4
