"""What a failed run has lost, as it is known by now."""

import logging

from jfjoch.broker.measurement_report import loss_summary
from jfjoch.broker.standing import Correction
from jfjoch.errors import WriterLost
from jfjoch.model.plan import AcquisitionPlan
from jfjoch.receiver.run_statistics import RunStatistics
from jfjoch.receiver.writer_watch import WriterWatch

_log = logging.getLogger(__name__)


class RunLosses:
    """The number told at the end of a failed run, and corrected by what writers say later.

    A killed writer had more on disk than it could tell; who mends its files counts them. Used by
    one thread at a time.
    """

    def __init__(self, plan: AcquisitionPlan, counts: RunStatistics, writers: WriterWatch) -> None:
        self._plan = plan
        self._counts = counts
        self._writers = writers
        self._reason = ""
        self._told = ""

    def tell(self, error: WriterLost) -> str:
        """Return why the run has failed and what it has lost."""
        self._reason = str(error)
        self._told = self._text()
        return self._told

    def correction(self) -> Correction | None:
        """Return what to say instead of what was told before; None while that is still right.

        Never waits. Only a run that failed because of its writer is corrected.
        """
        if not self._reason:
            return None
        self._writers.hear()
        before, self._told = self._told, self._text()
        if self._told == before:
            return None
        _log.info("corrected by the writer's word: %s", self._told)
        return Correction(before, self._told)

    def _text(self) -> str:
        return f"{self._reason}; {loss_summary(self._plan, self._counts.snapshot())}"
