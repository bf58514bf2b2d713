"""The user mask on disk."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from jfjoch.broker.detector_file_name import LONGEST_NAME_BYTES
from jfjoch.broker.user_mask_keeper import open_user_mask, user_mask_path
from jfjoch.errors import ConfigurationError, OperationFailed
from jfjoch.model.detector import Detector
from tests.helpers.pipeline_runs import detector_of

MASK = np.random.default_rng(1).integers(0, 2, (2, 512, 1024)).astype(np.bool_)


def test_nothing_is_masked_at_first(tmp_path: Path) -> None:
    keeper = open_user_mask(detector_of(2), tmp_path)
    assert keeper.present.shape == (2, 512, 1024)
    assert not keeper.present.any()
    assert list(tmp_path.iterdir()) == []


def test_kept_as_stacked_modules(tmp_path: Path) -> None:
    open_user_mask(detector_of(2), tmp_path).replace(MASK)
    np.testing.assert_array_equal(open_user_mask(detector_of(2), tmp_path).present, MASK)
    stored = tifffile.imread(tmp_path / "user_mask" / "T1.tiff")
    assert stored.dtype == np.uint32
    np.testing.assert_array_equal(stored, MASK.reshape(1024, 1024))
    assert [path.name for path in (tmp_path / "user_mask").iterdir()] == ["T1.tiff"]


def test_serial_number_is_made_safe(tmp_path: Path) -> None:
    detector: Detector = detector_of(1).model_copy(update={"serial_number": "../A/B"})
    assert user_mask_path(tmp_path, detector) == tmp_path / "user_mask" / "..%2FA%2FB.tiff"


def test_longest_serial_number(tmp_path: Path) -> None:
    """The file beside it that is being written has a longer name still."""
    detector = detector_of(2).model_copy(update={"serial_number": LONGEST_NAME_BYTES * "S"})
    open_user_mask(detector, tmp_path).replace(MASK)
    np.testing.assert_array_equal(open_user_mask(detector, tmp_path).present, MASK)
    user_mask_path(tmp_path, detector).write_text("no TIFF")
    assert not open_user_mask(detector, tmp_path).present.any()
    assert len(list((tmp_path / "user_mask").iterdir())) == 1


def test_the_old_mask_stays_when_the_new_one_can_not_be_written(tmp_path: Path) -> None:
    directory = tmp_path / "user_mask"
    keeper = open_user_mask(detector_of(2), tmp_path)
    keeper.replace(MASK)
    directory.rename(tmp_path / "moved")
    directory.write_text("a file where a directory is needed")
    with pytest.raises(OperationFailed, match="user_mask could not be made"):
        keeper.replace(~MASK)
    np.testing.assert_array_equal(keeper.present, MASK)


def test_what_can_not_be_read_stops_the_start(tmp_path: Path) -> None:
    user_mask_path(tmp_path, detector_of(2)).mkdir(parents=True)
    with pytest.raises(ConfigurationError, match=r"T1\.tiff: expected a readable file"):
        open_user_mask(detector_of(2), tmp_path)
