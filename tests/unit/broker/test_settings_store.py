"""Settings that survive a restart (B139, and the promise that data on disk is never destroyed)."""

import json
import logging
from pathlib import Path

import pytest

from jfjoch.broker.settings_sections import DETECTOR_SETTINGS, IMAGE_FORMAT
from jfjoch.broker.settings_store import SettingsStore
from jfjoch.errors import OperationFailed
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.image_format import DEFAULT_IMAGE_FORMAT

FROM_FILE = DetectorSettings(frame_time_us=1000)
CHANGED = DetectorSettings(frame_time_us=2000, timing="auto")


def test_nothing_saved(tmp_path: Path) -> None:
    assert SettingsStore(tmp_path).restore(DETECTOR_SETTINGS, FROM_FILE) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("configured", [FROM_FILE, None])
def test_saved_settings_are_used_after_a_restart(
    tmp_path: Path, configured: DetectorSettings | None
) -> None:
    SettingsStore(tmp_path).save(DETECTOR_SETTINGS, configured, CHANGED)
    again = SettingsStore(tmp_path)
    assert again.restore(DETECTOR_SETTINGS, configured) == CHANGED
    assert again.restore(IMAGE_FORMAT, None) is None


def test_sections_do_not_touch_each_other(tmp_path: Path) -> None:
    store = SettingsStore(tmp_path)
    store.save(DETECTOR_SETTINGS, FROM_FILE, CHANGED)
    store.save(IMAGE_FORMAT, None, DEFAULT_IMAGE_FORMAT.as_raw())
    again = SettingsStore(tmp_path)
    assert again.restore(DETECTOR_SETTINGS, FROM_FILE) == CHANGED
    assert again.restore(IMAGE_FORMAT, None) == DEFAULT_IMAGE_FORMAT.as_raw()


@pytest.mark.parametrize("now", [None, DetectorSettings(frame_time_us=1000, timing="auto")])
def test_changed_configuration_file_wins_with_a_warning(
    tmp_path: Path, now: DetectorSettings | None, caplog: pytest.LogCaptureFixture
) -> None:
    SettingsStore(tmp_path).save(DETECTOR_SETTINGS, FROM_FILE, CHANGED)
    assert SettingsStore(tmp_path).restore(DETECTOR_SETTINGS, now) is None
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "detector_settings changed in the configuration file" in record.getMessage()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"version": 2, "sections": {}}',
        '{"version": 1, "sections": {"detector_settings": {"value": {}}}}',
        json.dumps(
            {
                "version": 1,
                "sections": {
                    "detector_settings": {
                        "configured": FROM_FILE.model_dump(exclude_none=True),
                        "value": {"frame_time_us": -1},
                    }
                },
            }
        ),
    ],
)
def test_corrupt_file_is_set_aside(
    tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "settings.json.corrupt-1").write_text("an earlier one")
    (tmp_path / "settings.json").write_text(content)
    store = SettingsStore(tmp_path)
    assert store.restore(DETECTOR_SETTINGS, FROM_FILE) is None
    assert (tmp_path / "settings.json.corrupt-2").read_text() == content
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    store.save(DETECTOR_SETTINGS, FROM_FILE, CHANGED)
    assert SettingsStore(tmp_path).restore(DETECTOR_SETTINGS, FROM_FILE) == CHANGED
    assert (tmp_path / "settings.json.corrupt-1").read_text() == "an earlier one"


def test_failed_save_keeps_what_was_there(tmp_path: Path) -> None:
    directory = tmp_path / "state"
    directory.mkdir()
    store = SettingsStore(directory)
    store.save(DETECTOR_SETTINGS, FROM_FILE, FROM_FILE)
    elsewhere = directory.rename(tmp_path / "moved")
    with pytest.raises(OperationFailed, match=r"settings\.json could not be written"):
        store.save(DETECTOR_SETTINGS, FROM_FILE, CHANGED)
    assert store.restore(DETECTOR_SETTINGS, FROM_FILE) == FROM_FILE
    assert SettingsStore(elsewhere).restore(DETECTOR_SETTINGS, FROM_FILE) == FROM_FILE


def test_no_temporary_file_is_left(tmp_path: Path) -> None:
    SettingsStore(tmp_path).save(DETECTOR_SETTINGS, FROM_FILE, CHANGED)
    assert [path.name for path in tmp_path.iterdir()] == ["settings.json"]
