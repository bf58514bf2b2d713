"""How many images a run holds, as its own files say."""

from pathlib import Path

import pytest

from jfjoch.nxmx.image_count import count_images
from tests.unit.nxmx.conftest import SaveRun


def test_gaps_are_not_counted(save_run: SaveRun) -> None:
    assert count_images(save_run(came=(0, 2, 6))) == 3


def test_a_complete_run(save_run: SaveRun) -> None:
    assert count_images(save_run()) == 7


def test_images_of_a_missing_data_file_are_not_counted(save_run: SaveRun) -> None:
    master = save_run()
    (master.parent / "run_data_000001.h5").unlink()
    assert count_images(master) == 4


def test_a_missing_master_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"gone_master\.h5"):
        count_images(tmp_path / "gone_master.h5")
