"""Compiled kernels are kept where they can be written."""

from pathlib import Path

import pytest

from jfjoch.cli.kernel_cache import place_kernel_cache


def test_beside_the_source_where_that_can_be_written(tmp_path: Path) -> None:
    environment: dict[str, str] = {}
    place_kernel_cache(tmp_path / "state", environment, kernels=tmp_path)
    assert environment == {}


@pytest.mark.parametrize("given", [None, "/of/the/user"])
def test_else_in_the_state_directory_unless_the_user_said_so(
    tmp_path: Path, given: str | None
) -> None:
    environment = {} if given is None else {"NUMBA_CACHE_DIR": given}
    # A place that can't be written, whoever runs the test: one that is not there.
    place_kernel_cache(tmp_path / "state", environment, kernels=tmp_path / "missing")
    assert environment == {"NUMBA_CACHE_DIR": given or str(tmp_path / "state" / "kernel_cache")}
