"""Real data."""

from pathlib import Path

import pytest

from tests.helpers.real_module import JungfrauModule


@pytest.fixture(scope="session")
def jungfrau_module(shared_data: Path) -> JungfrauModule:
    """Return a real JUNGFRAU module with its calibration."""
    return JungfrauModule.load(shared_data / "jungfrau_module" / "jungfrau_module.h5")
