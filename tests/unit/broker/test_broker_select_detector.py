"""Selecting a detector when something goes wrong on the way."""

from dataclasses import replace
from pathlib import Path

import pytest

from jfjoch.broker.broker import Broker, BrokerParts
from jfjoch.broker.detector_system import DetectorSystem
from jfjoch.broker.live_settings import LiveSettings, SettingsSnapshot
from jfjoch.broker.run_counter import RunCounter
from jfjoch.broker.run_preparation import RunPreparation
from jfjoch.broker.selected_detector import SelectedDetector
from jfjoch.broker.settings_store import SettingsStore
from jfjoch.cli.detector_systems import DetectorSystems
from jfjoch.errors import DetectorError
from jfjoch.model.configuration import JfjochSettings
from jfjoch.model.detector import Detector
from jfjoch.model.spot_finding import DEFAULT_SPOT_FINDING
from jfjoch.receiver.receiver import ReceiverOptions
from jfjoch.stream.discard import NullImageSink
from tests.helpers.pipeline_runs import detector_of

FIRST = detector_of(1)
SECOND = detector_of(2).model_copy(update={"serial_number": "T2"})


class StubbornControl:
    """A detector that can't be switched off while ``stuck``."""

    def __init__(self) -> None:
        self.stuck = True
        self.is_on = True

    def switch_on(self) -> None:
        self.is_on = True

    def switch_off(self) -> None:
        if self.stuck:
            raise DetectorError("no answer")
        self.is_on = False


class Setup:
    """A broker whose detectors have such a control."""

    def __init__(self, directory: Path) -> None:
        self.control = StubbornControl()
        configuration = JfjochSettings(
            detector=[FIRST, SECOND], frontend_directory="", image_pusher="None"
        )
        self._systems = DetectorSystems(directory, ReceiverOptions(1, 2**21, 1), None)
        self.broker = Broker(
            BrokerParts(
                detectors=SelectedDetector([FIRST, SECOND], self._build),
                settings=LiveSettings(SettingsSnapshot(), configuration, SettingsStore(directory)),
                configured_settings=(),
                runs=RunPreparation(
                    NullImageSink(),
                    NullImageSink(),
                    RunCounter(directory),
                    lambda: DEFAULT_SPOT_FINDING,
                ),
            )
        )

    def _build(self, detector: Detector) -> DetectorSystem:
        return replace(self._systems.build(detector), control=self.control)


def test_a_detector_that_stays_on_stays_selected(tmp_path: Path) -> None:
    """B133: the old one is switched off first; the state tells that it needs attention."""
    setup = Setup(tmp_path)
    with pytest.raises(DetectorError, match="no answer"):
        setup.broker.select_detector(1)
    status = setup.broker.status()
    assert (status.state, status.message) == ("Error", "no answer")
    assert setup.broker.detector_list().current_id == 0
    setup.control.stuck = False
    setup.broker.select_detector(1)
    assert setup.broker.status().state == "Inactive"
    assert setup.broker.detector_list().current_id == 1
    assert not setup.control.is_on
    setup.broker.close()


def test_a_detector_that_stays_on_does_not_keep_the_broker_from_ending(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    setup = Setup(tmp_path)
    setup.broker.close()
    assert "no answer" in caplog.text
