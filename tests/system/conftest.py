"""Fixtures of the system tests."""

from pathlib import Path

import pytest

from tests.helpers.real_module import JungfrauModule


@pytest.fixture(scope="session")
def real_module_file(shared_data: Path) -> Path:
    """Return the file with frames of a real module."""
    return shared_data / "jungfrau_module" / "jungfrau_module.h5"


@pytest.fixture(scope="session")
def real_module(real_module_file: Path) -> JungfrauModule:
    """Return the real module with its calibration."""
    return JungfrauModule.load(real_module_file)
