"""From the body of POST /start to a run that can be begun."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from jfjoch.broker.detector_system import DetectorSystem
from jfjoch.broker.run_counter import RunCounter
from jfjoch.broker.run_operation import RunOperation
from jfjoch.messages.ports import ImageSink, RunObserver
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.experiment import Experiment
from jfjoch.model.plan import RunIdentity
from jfjoch.model.spot_finding import SpotFindingSettings
from jfjoch.receiver.receiver import Surroundings


@dataclass(frozen=True, slots=True)
class RunPreparation:
    """What runs of any detector have in common."""

    sink: ImageSink
    """Where images of runs with a file prefix go."""
    sink_without_files: ImageSink
    run_counter: RunCounter
    spot_finding: Callable[[], SpotFindingSettings]
    observers: Sequence[RunObserver] = ()
    """Who is shown the images of every run."""

    def prepare(
        self,
        system: DetectorSystem,
        experiment: Experiment,
        dataset: DatasetSettings,
        on_armed: Callable[[RunOperation], None],
    ) -> RunOperation:
        """Make everything the run needs. Raises InvalidInput or OperationFailed."""
        surroundings = Surroundings(
            sources=system.source,
            calibration=system.calibration_in_use,
            sink=self.sink,
            sink_without_files=self.sink_without_files,
            observers=self.observers,
            spot_finding=self.spot_finding,
        )
        claim_run = partial(self._claim_run, dataset)
        measurement = system.receiver.prepare(experiment, dataset, claim_run, surroundings)
        return RunOperation(measurement, dataset, on_armed)

    def _claim_run(self, dataset: DatasetSettings) -> RunIdentity:
        """Number as given or the next one; the name defaults to number:prefix (B060, B061)."""
        number = self.run_counter.claim(dataset.run_number)
        name = dataset.run_name
        return RunIdentity(number, f"{number}:{dataset.file_prefix}" if name is None else name)
