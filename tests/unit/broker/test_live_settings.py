"""Settings as a whole, section by section."""

from pathlib import Path

import pytest

from jfjoch.broker.live_settings import LiveSettings, SettingsSnapshot, restored_settings
from jfjoch.broker.settings_sections import AZIM_INT, INSTRUMENT, ROI, SECTIONS, SPOT_FINDING
from jfjoch.broker.settings_store import SettingsStore
from jfjoch.errors import OperationFailed
from jfjoch.model.azim_int import AzimIntSettings
from jfjoch.model.configuration import JfjochSettings
from jfjoch.model.spot_finding import SpotFindingSettings
from tests.helpers.pipeline_runs import detector_of

GIVEN = AzimIntSettings(solid_angle_corr=False, high_q_recipA=2, low_q_recipA=1, q_spacing=0.5)
FEWER = SPOT_FINDING.default.model_copy(update={"photon_count_threshold": 20})


def configuration(azim_int: AzimIntSettings | None = None) -> JfjochSettings:
    return JfjochSettings(
        detector=[detector_of(1)], frontend_directory="", image_pusher="None", azim_int=azim_int
    )


def test_every_section_has_a_name_of_its_own_and_a_default() -> None:
    assert len({section.name for section in SECTIONS}) == len(SECTIONS)
    for section in SECTIONS:
        assert isinstance(SettingsSnapshot()[section], section.model)


def test_a_snapshot_does_not_change() -> None:
    before = SettingsSnapshot()
    after = before.with_section(SPOT_FINDING, FEWER)
    assert before[SPOT_FINDING] == SPOT_FINDING.default
    assert after[SPOT_FINDING] == FEWER
    assert after[AZIM_INT] is before[AZIM_INT]


def test_saved_before_configured_before_default(tmp_path: Path) -> None:
    restored = restored_settings(configuration(GIVEN), SettingsStore(tmp_path))
    assert restored[AZIM_INT] == GIVEN
    assert restored[ROI] == ROI.default
    live = LiveSettings(restored, configuration(GIVEN), SettingsStore(tmp_path))
    live.change(SPOT_FINDING, FEWER)
    live.change(AZIM_INT, AZIM_INT.default)
    again = restored_settings(configuration(GIVEN), SettingsStore(tmp_path))
    assert (again[SPOT_FINDING], again[AZIM_INT]) == (FEWER, AZIM_INT.default)
    edited = restored_settings(configuration(), SettingsStore(tmp_path))
    assert (edited[SPOT_FINDING], edited[AZIM_INT]) == (FEWER, AZIM_INT.default)


def test_what_can_not_be_kept_is_not_used(tmp_path: Path) -> None:
    directory = tmp_path / "state"
    directory.mkdir()
    live = LiveSettings(SettingsSnapshot(), configuration(), SettingsStore(directory))
    directory.rename(tmp_path / "moved")
    with pytest.raises(OperationFailed):
        live.change(SPOT_FINDING, FEWER)
    assert live.present[SPOT_FINDING] == SPOT_FINDING.default


def test_a_run_is_planned_from_all_of_them() -> None:
    other = INSTRUMENT.default.model_copy(update={"source_name": "Other"})
    snapshot = SettingsSnapshot().with_section(INSTRUMENT, other).with_section(AZIM_INT, GIVEN)
    experiment = snapshot.with_section(SPOT_FINDING, FEWER).experiment(detector_of(1))
    assert experiment.instrument == other
    assert experiment.azim_int == GIVEN
    assert experiment.spot_finding == FEWER
    assert experiment.roi == ROI.default
    assert isinstance(experiment.spot_finding, SpotFindingSettings)
