"""Fixtures every kind of test may use."""

import signal
from pathlib import Path

import pytest

_SHARED = Path(__file__).parents[2] / "shared"
"""Lies beside the checkout; not part of it."""


def _shared_path(name: str) -> Path:
    path = _SHARED / name
    if not path.exists():
        pytest.skip(f"needs {name} in a folder 'shared' beside the checkout, which is not there")
    return path


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real and simulated data."""
    return _shared_path("data")


@pytest.fixture(scope="session")
def shared_contract() -> Path:
    """Return the folder that holds the HTTP contract."""
    return _shared_path("contract")


def pytest_configure() -> None:
    """Have Ctrl-C reach the programs under test.

    A shell that runs the tests in the background ignores it, and programs inherit that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
