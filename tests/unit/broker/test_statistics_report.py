"""Pooled statistics: what is left out, and what is not computed twice (B170)."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jfjoch.broker import statistics_report
from jfjoch.broker.live_settings import LiveSettings, SettingsSnapshot
from jfjoch.broker.moment import Moment
from jfjoch.broker.operation import OperationDesk
from jfjoch.broker.settings_desk import SettingsDesk
from jfjoch.broker.settings_sections import SPOT_FINDING
from jfjoch.broker.settings_store import SettingsStore
from jfjoch.broker.standing import Standing
from jfjoch.broker.statistics_report import StatisticsReport
from jfjoch.broker.stream_settings import StreamSettings
from jfjoch.cli.detector_systems import DetectorSystems
from jfjoch.errors import DetectorError
from jfjoch.geometry.pixel_mask import mask_statistics
from jfjoch.model.configuration import JfjochSettings
from jfjoch.model.detector_list import DetectorList
from jfjoch.model.detector_status import DetectorStatus
from jfjoch.receiver.published_stream import PublishedStreams
from jfjoch.receiver.receiver import ReceiverOptions
from tests.helpers.pipeline_runs import detector_of

DETECTOR = detector_of(1)


class SilentControl:
    """A detector that does not answer."""

    def switch_on(self) -> None:
        raise DetectorError("no answer")

    def switch_off(self) -> None:
        raise DetectorError("no answer")

    def status(self) -> DetectorStatus:
        raise DetectorError("no answer")


class Setup:
    """A report over a moment that the test puts in place."""

    def __init__(self, directory: Path) -> None:
        configuration = JfjochSettings(
            detector=[DETECTOR], frontend_directory="", image_pusher="None"
        )
        settings = LiveSettings(SettingsSnapshot(), configuration, SettingsStore(directory))
        self.streams = StreamSettings(SettingsDesk(settings, OperationDesk()), PublishedStreams())
        system = DetectorSystems(directory, ReceiverOptions(1, 2**21, 1), None).build(DETECTOR)
        self.moment = Moment(
            Standing("Idle"),
            settings.present,
            system,
            system.calibration.pedestals,
            system.user_mask.present,
            True,
            None,
        )
        nothing = DetectorList(detectors=[], current_id=0)
        self.report = StatisticsReport(lambda: self.moment, lambda: nothing, self.streams)


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return Setup(tmp_path)


def test_a_silent_detector_leaves_the_rest_to_be_told(setup: Setup) -> None:
    """B145: asked alone, it is an error."""
    assert setup.report.statistics().detector is not None
    silent = replace(setup.moment.system, control=SilentControl())
    setup.moment = replace(setup.moment, system=silent)
    statistics = setup.report.statistics()
    assert statistics.detector is None
    assert statistics.broker is not None
    with pytest.raises(DetectorError, match="no answer"):
        setup.report.detector_status()


def test_an_inactive_detector_is_not_asked(setup: Setup) -> None:
    silent = replace(setup.moment.system, control=SilentControl())
    setup.moment = replace(setup.moment, system=silent, standing=Standing("Inactive"))
    assert setup.report.detector_status() is None


def test_pixels_are_counted_again_only_when_something_has_changed(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B175: a page that polls costs no pass over the pixels."""
    counted = []

    def counting(mask: np.ndarray) -> object:
        counted.append(mask)
        return mask_statistics(mask)

    monkeypatch.setattr(statistics_report, "mask_statistics", counting)
    first = setup.report.statistics()
    fewer = SPOT_FINDING.default.model_copy(update={"enable": False})
    setup.moment = replace(
        setup.moment,
        standing=Standing("Measuring"),
        settings=setup.moment.settings.with_section(SPOT_FINDING, fewer),
    )
    second = setup.report.statistics()
    assert len(counted) == 1
    assert second.pixel_mask is first.pixel_mask
    assert second.calibration == first.calibration
    mask = setup.moment.user_mask.copy()
    mask[0, :2, :3] = True
    setup.moment = replace(setup.moment, user_mask=mask)
    assert setup.report.statistics().pixel_mask.user_mask == 6  # type: ignore[union-attr]
    assert len(counted) == 2


def test_settings_replaced_meanwhile_are_not_mixed(setup: Setup) -> None:
    """B170: the whole answer is of one moment."""
    old, settings = setup.moment, setup.moment.settings
    fewer = SPOT_FINDING.default.model_copy(update={"enable": False})
    later = replace(
        old, settings=settings.with_section(SPOT_FINDING, fewer), standing=Standing("Error")
    )
    looks = [old, old, later]  # replaced while the answer was put together

    def look() -> Moment:
        return looks.pop(0) if looks else later

    nothing = DetectorList(detectors=[], current_id=0)
    report = StatisticsReport(look, lambda: nothing, setup.streams)
    answer = report.statistics()
    assert answer.broker is not None
    assert answer.data_processing_settings == fewer
    assert answer.broker.state == "Error"
