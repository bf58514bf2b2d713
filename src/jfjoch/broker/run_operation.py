"""Collecting one data set."""

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from typing import Any

from jfjoch.broker.measurement_report import (
    is_whole,
    loss_summary,
    measurement_statistics,
    run_summary,
)
from jfjoch.broker.operation import Finished
from jfjoch.broker.run_losses import RunLosses
from jfjoch.broker.standing import Ending
from jfjoch.broker.state_machine import Event
from jfjoch.errors import Cancelled, DetectorError, OperationFailed, WriterLost
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.plan import AcquisitionPlan
from jfjoch.model.status import MeasurementStatistics
from jfjoch.receiver.measurement import Measurement
from jfjoch.receiver.pulse_record import PulseRecord
from jfjoch.receiver.run_plots import RunPlots
from jfjoch.receiver.run_statistics import RunCounts, RunStatistics


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What is kept of a run when it is over: its figures, not its memory."""

    plan: AcquisitionPlan
    dataset: DatasetSettings
    counts: RunStatistics
    plots: RunPlots
    losses: RunLosses
    pulses: PulseRecord | None = None
    """At a pulsed source."""
    cancelled: threading.Event = field(default_factory=threading.Event)

    def statistics(self, counts: RunCounts) -> MeasurementStatistics:
        """GET /statistics/data_collection."""
        return measurement_statistics(self.plan, self.dataset, counts, self.cancelled.is_set())

    def progress(self, counts: RunCounts) -> float:
        """Images finished or lost / expected."""
        return (counts.images_collected + counts.images_lost) / counts.images_expected


class RunOperation:
    """A measurement as an operation of the broker: arm, then collect.

    When writers and detector are ready, ``on_armed`` is called with it and ``wait_until_armed``
    returns.
    """

    when_done: Event = "completed"
    when_failed: Event = "failed_run"
    when_cancelled: Event = "cancelled"

    def __init__(
        self,
        measurement: Measurement,
        dataset: DatasetSettings,
        on_armed: Callable[["RunOperation"], None],
    ) -> None:
        self.record = RunRecord(
            measurement.plan,
            dataset,
            measurement.statistics,
            measurement.plots,
            RunLosses(measurement.plan, measurement.statistics, measurement.writers),
            measurement.pulses,
        )
        self._measurement = measurement
        self._on_armed = on_armed
        self._armed: Future[None] = Future()

    @property
    def title(self) -> str:
        """Named by run and prefix."""
        prefix = self.record.dataset.file_prefix or "(no files)"
        return f"run {self.record.plan.run.number}: collecting {prefix}"

    @property
    def is_awaited(self) -> bool:
        """POST /start waits until the run is armed."""
        return not self._armed.done()

    def wait_until_armed(self, finished: Finished) -> None:
        """Return when triggers are taken; raise what has ended the run before that."""
        either: list[Future[Any]] = [self._armed, finished]
        wait(either, return_when=FIRST_COMPLETED)
        if not self._armed.done():
            error = finished.result()
            assert error is not None, "a run that was never armed has no success"
            raise error

    def run(self) -> Ending:
        """Raises OperationFailed with what was lost, Cancelled with what was kept.

        DetectorError: the detector is to be initialized before the next run.
        """
        self._measurement.arm()
        self._on_armed(self)
        self._armed.set_result(None)
        return self._collect()

    def cancel(self) -> None:
        """End soon; images in work are finished and sent (B074)."""
        self.record.cancelled.set()
        self._measurement.cancel()

    def trigger(self) -> None:
        """Release the images of one trigger."""
        self._measurement.trigger()

    def progress(self) -> float:
        """Images finished or lost / expected."""
        return self.record.progress(self.record.counts.snapshot())

    def _collect(self) -> Ending:
        plan = self.record.plan
        try:
            self._measurement.run()
        except WriterLost as error:
            raise OperationFailed(self.record.losses.tell(error)) from error
        except DetectorError as error:
            lost = loss_summary(plan, self.record.counts.snapshot())
            raise DetectorError(f"{error}; {lost}") from error
        counts = self.record.counts.snapshot()
        summary = run_summary(plan, counts)
        if self._measurement.cancelled:
            raise Cancelled(f"{summary}; cancelled")
        return Ending(summary, "success" if is_whole(plan, counts) else "warning")
