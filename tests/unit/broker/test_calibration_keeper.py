"""Calibrations that are kept or given, and the settings they go with."""

import logging
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from jfjoch.broker.calibration_keeper import calibration_path, open_calibration
from jfjoch.broker.detector_file_name import LONGEST_NAME_BYTES
from jfjoch.calibration.gains import GainMaps
from jfjoch.calibration.pedestals import Pedestals, StagePedestal
from jfjoch.calibration.store import save_pedestals
from jfjoch.errors import ConfigurationError, OperationFailed
from jfjoch.kernels.counts import MODULE_SHAPE
from jfjoch.model.detector_settings import DEFAULT_DETECTOR_SETTINGS, DetectorSettings
from tests.helpers.pipeline_runs import detector_of

DETECTOR = detector_of(1)
GAINS = GainMaps(np.empty((1, 3, *MODULE_SHAPE)), ("gain.bin",))
TIME = datetime(2025, 3, 4, tzinfo=UTC)
FOUR_CELLS = DEFAULT_DETECTOR_SETTINGS.model_copy(update={"jungfrau_storage_cell_count": 4})
HIGH_GAIN = DEFAULT_DETECTOR_SETTINGS.model_copy(update={"jungfrau_use_gain_hg0": True})


def measured(settings: DetectorSettings) -> Pedestals:
    level = np.full((1, *MODULE_SHAPE), 2450, np.float32)
    cells = settings.jungfrau_storage_cell_count
    stages = [StagePedestal(0, cell, level + cell, level) for cell in range(cells)]
    return Pedestals.unmeasured(1, cells).with_measured(stages, TIME, settings)


def save(path: Path, settings: DetectorSettings) -> None:
    save_pedestals(path, measured(settings), DETECTOR.serial_number, GAINS.file_names)


def test_the_last_one_is_found_after_a_restart(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """B025."""
    before = open_calibration(DETECTOR, GAINS, tmp_path, None)
    assert before.pedestals.origin == "none"
    for settings in (DEFAULT_DETECTOR_SETTINGS, FOUR_CELLS):
        before.replace_pedestals(measured(settings))
    after = open_calibration(DETECTOR, GAINS, tmp_path, None)
    after.check_at_start(FOUR_CELLS)
    assert after.pedestals.settings == FOUR_CELLS
    assert after.pedestals.time == TIME
    assert after.pedestals.mean_adu[0, 3, 0, 5, 6] == 2453
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("settings", "words"),
    [(FOUR_CELLS, "jungfrau_storage_cell_count 1"), (HIGH_GAIN, "jungfrau_use_gain_hg0 false")],
)
def test_a_kept_one_of_other_settings_waits_for_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, settings: DetectorSettings, words: str
) -> None:
    """B080: a warning; the file stays, as the settings can be changed back."""
    save(calibration_path(tmp_path, DETECTOR), DEFAULT_DETECTOR_SETTINGS)
    keeper = open_calibration(DETECTOR, GAINS, tmp_path, None)
    with caplog.at_level(logging.WARNING):
        keeper.check_at_start(settings)
    assert f"not used before the next pedestal: it is for {words}" in caplog.text
    assert keeper.pedestals.mismatch(DEFAULT_DETECTOR_SETTINGS) is None


def test_longest_serial_number(tmp_path: Path) -> None:
    """The file beside it that is being written has a longer name still."""
    detector = DETECTOR.model_copy(update={"serial_number": LONGEST_NAME_BYTES * "S"})
    open_calibration(detector, GAINS, tmp_path, None).replace_pedestals(measured(FOUR_CELLS))
    assert open_calibration(detector, GAINS, tmp_path, None).pedestals.settings == FOUR_CELLS


def test_a_given_one_of_other_settings_stops_the_start(tmp_path: Path) -> None:
    save(tmp_path / "given.h5", FOUR_CELLS)
    keeper = open_calibration(DETECTOR, GAINS, tmp_path, tmp_path / "given.h5")
    keeper.check_at_start(FOUR_CELLS)
    with pytest.raises(ConfigurationError) as refusal:
        keeper.check_at_start(DEFAULT_DETECTOR_SETTINGS)
    for part in ("given.h5", "count 4", "[4, 1, 512, 1024]", "[1, 1, 512, 1024]"):
        assert part in str(refusal.value)


def test_a_given_one_is_forgotten_when_a_pedestal_is_measured(tmp_path: Path) -> None:
    save(tmp_path / "given.h5", FOUR_CELLS)
    given = (tmp_path / "given.h5").read_bytes()
    keeper = open_calibration(DETECTOR, GAINS, tmp_path, tmp_path / "given.h5")
    keeper.replace_pedestals(measured(DEFAULT_DETECTOR_SETTINGS))
    keeper.check_at_start(DEFAULT_DETECTOR_SETTINGS)
    assert (tmp_path / "given.h5").read_bytes() == given


def test_a_folder_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    """B023: with the place, and the pedestal of before stays in use."""
    keeper = open_calibration(DETECTOR, GAINS, tmp_path, None)
    before = keeper.pedestals
    keeper.path.parent.write_text("a file where the folder belongs")
    with pytest.raises(OperationFailed, match=f"can't be saved as {keeper.path}"):
        keeper.replace_pedestals(measured(DEFAULT_DETECTOR_SETTINGS))
    assert keeper.pedestals is before
