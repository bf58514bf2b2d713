"""Everything that is told about the broker, as it is at one moment."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from jfjoch.broker.detector_system import DetectorSystem
from jfjoch.broker.live_settings import SettingsSnapshot
from jfjoch.broker.pedestal_age import pedestal_warning
from jfjoch.broker.run_operation import RunRecord
from jfjoch.broker.settings_sections import DETECTOR_SETTINGS
from jfjoch.broker.standing import Standing
from jfjoch.calibration.pedestals import Pedestals
from jfjoch.model.experiment import Experiment
from jfjoch.model.status import BrokerStatus, MeasurementStatistics


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """References to what is replaced and never changed; only the figures of a run move on."""

    standing: Standing
    settings: SettingsSnapshot
    system: DetectorSystem
    pedestals: Pedestals
    user_mask: NDArray[np.bool_]
    is_initialized: bool
    run: RunRecord | None

    @property
    def experiment(self) -> Experiment:
        """What a run would be planned from."""
        return self.settings.experiment(self.system.detector)

    def is_still(self, other: "Moment") -> bool:
        """Whether nothing was replaced between the two."""
        return all(getattr(self, f.name) is getattr(other, f.name) for f in fields(self))

    def status(self) -> BrokerStatus:
        """State, progress and message; in Idle a warning when the pedestal has grown old."""
        status = self.standing.status()
        if status.state != "Idle" or status.message_severity == "error":
            return status
        warning = pedestal_warning(
            self.pedestals, self.settings[DETECTOR_SETTINGS], datetime.now(UTC)
        )
        if warning is None:
            return status
        return status.model_copy(update={"message": warning, "message_severity": "warning"})

    def measurement_and_status(self) -> tuple[MeasurementStatistics | None, BrokerStatus]:
        """Return figures of the present or last run (None before the first), and the status.

        The progress of a run that goes on is that of its figures.
        """
        if self.run is None:
            return None, self.status()
        counts = self.run.counts.snapshot()
        status = self.status()
        if status.state == "Measuring":
            status = status.model_copy(update={"progress": self.run.progress(counts)})
        return self.run.statistics(counts), status


def steady_moment(look: Callable[[], Moment]) -> Moment:
    """Return a moment in which all the parts were in force together.

    Its parts are read one after another; what two looks in a row find the same was so between
    them, as nothing that was replaced comes back.
    """
    moment = look()
    while not moment.is_still(latest := look()):
        moment = latest
    return moment
