"""``kill -9`` of the writer at random moments; the long form is in tests/endurance."""

from pathlib import Path

import pytest

from tests.helpers.killed_writer import LARGEST_LOSS, kill_writer


@pytest.mark.parametrize("seed", range(10))
def test_what_was_reported_is_on_disk(tmp_path: Path, seed: int) -> None:
    """Every file opens, every image is as it was sent; of those received at most 10 are missing."""
    kill = kill_writer(tmp_path, seed)
    assert kill.images_on_disk >= kill.images_reported
    assert kill.images_on_disk >= kill.images_received - LARGEST_LOSS
