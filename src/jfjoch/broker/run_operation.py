"""Collecting one data set."""

from dataclasses import dataclass

from jfjoch.broker.measurement_report import loss_summary, measurement_statistics, run_summary
from jfjoch.broker.state_machine import Event
from jfjoch.errors import Cancelled, OperationFailed, WriterLost
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.status import MeasurementStatistics
from jfjoch.receiver.measurement import Measurement


@dataclass(frozen=True, slots=True)
class RunOperation:
    """A measurement as an operation of the broker."""

    measurement: Measurement
    dataset: DatasetSettings

    when_done: Event = "completed"
    when_failed: Event = "failed_run"
    when_cancelled: Event = "cancelled"

    @property
    def title(self) -> str:
        """Named by run and prefix."""
        prefix = self.dataset.file_prefix or "(no files)"
        return f"run {self.measurement.plan.run.number}: collecting {prefix}"

    def arm(self) -> None:
        """Get writers and detector ready. Raises OperationFailed."""
        self.measurement.arm()

    def run(self) -> str:
        """Collect. Raises OperationFailed with what was lost, Cancelled with what was kept."""
        plan = self.measurement.plan
        try:
            self.measurement.run()
        except WriterLost as error:
            lost = loss_summary(plan, self.measurement.statistics.snapshot())
            raise OperationFailed(f"{lost}: {error}") from error
        summary = run_summary(plan, self.measurement.statistics.snapshot())
        if self.measurement.cancelled:
            raise Cancelled(f"{summary}; cancelled")
        return summary

    def cancel(self) -> None:
        """End soon; images in work are finished and sent (B074)."""
        self.measurement.cancel()

    def trigger(self) -> None:
        """Release the images of one trigger."""
        self.measurement.trigger()

    def progress(self) -> float:
        """Images finished / expected."""
        counts = self.measurement.statistics.snapshot()
        return counts.images_collected / counts.images_expected

    def statistics(self) -> MeasurementStatistics:
        """GET /statistics/data_collection."""
        counts = self.measurement.statistics.snapshot()
        return measurement_statistics(
            self.measurement.plan, self.dataset, counts, self.measurement.cancelled
        )
