"""One run, from arming to the last image on disk."""

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from jfjoch.detector.base import FrameSource
from jfjoch.detector.processors import ANYWHERE, Processors
from jfjoch.errors import DetectorError, WriterLost
from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.end import EndMessage
from jfjoch.messages.ports import ImageSink, RunObserver
from jfjoch.messages.start import StartMessage
from jfjoch.model.plan import AcquisitionPlan
from jfjoch.receiver.frame_buffer import FrameBuffer
from jfjoch.receiver.image_queue import ImageQueue
from jfjoch.receiver.image_sender import ImageSender
from jfjoch.receiver.image_worker import ImageWorker
from jfjoch.receiver.pulse_record import PulseRecord
from jfjoch.receiver.run_plots import RunPlots
from jfjoch.receiver.run_statistics import RunStatistics
from jfjoch.receiver.writer_watch import WriterWatch

DRAIN_AFTER_CANCEL_S = 3.0
"""Images in work when a run is cancelled get so long to reach the writer."""
END_AFTER_CANCEL_S = 4.5
"""Then the run is over, whether the writer has confirmed it or not."""
FIRST_WORD_S = 1.0
"""How long the start waits for writers to say that they can write."""
_END_TIMEOUT_S = 5.0
_WAIT_S = 0.1
_REPORT_POLL_S = 0.01


@dataclass(frozen=True, slots=True)
class MeasurementParts:
    """What a run is made of; frames go source -> frames -> workers -> queue -> sink."""

    source: FrameSource
    frames: FrameBuffer
    workers: Sequence[ImageWorker]
    queue: ImageQueue
    sink: ImageSink
    statistics: RunStatistics
    plots: RunPlots
    pulses: PulseRecord | None = None
    """At a pulsed source."""
    observers: Sequence[RunObserver] = ()
    processors: Processors = ANYWHERE
    """Where the workers run."""


class Measurement:
    """``arm`` once, then ``run`` once; ``cancel`` from any thread at any time."""

    def __init__(
        self,
        plan: AcquisitionPlan,
        parts: MeasurementParts,
        start: StartMessage,
        calibration: Sequence[CalibrationMessage],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.plan = plan
        self.statistics = parts.statistics
        self.plots = parts.plots
        self.pulses = parts.pulses
        self._parts = parts
        self._start = start
        self._calibration = calibration
        self._clock = clock
        self._cancelled = threading.Event()
        self._cancelled_at: float | None = None
        self._detector_failure: DetectorError | None = None
        self.writers = WriterWatch(parts.sink, plan.run, parts.statistics, clock)
        """Once the run is over, for whoever asks what became of its images."""
        self._sender = ImageSender(parts.queue, parts.sink, self.writers, parts.statistics)

    @property
    def cancelled(self) -> bool:
        """Whether the user ended the run."""
        return self._cancelled.is_set()

    def arm(self) -> None:
        """Find the writers, make the source ready, give the writers the start, let frames come.

        Raises WriterMissing when a writer is missing, WriterLost when one says at once that it
        can't write, Cancelled when asked to end; the source is stopped again then.
        """
        sink, frames = self._parts.sink, self._parts.frames
        frames.reopen(self.plan.frames.frame_dtype)
        sink.find_writers(lambda: self.cancelled)
        self._parts.source.start(self.plan.frames)
        try:
            sink.reports()  # a late word of an earlier run is none of this one
            sink.start(self._start)
            self._open_stream()
        except Exception:
            self._parts.source.stop()
            raise
        if self.cancelled:  # the cancel may have come before the source could be stopped
            self._parts.source.stop()
        for observer in self._parts.observers:
            observer.run_started(self._start)

    def _open_stream(self) -> None:
        self.writers.sign_of_life()
        try:
            if self._parts.sink.reports_configured:
                self.statistics.images_written(0)
                self._await_first_words()
            for message in self._calibration:
                self._send_calibration(message)
            self._parts.source.begin()
        except Exception:
            self._end_failed_run()
            raise

    def _await_first_words(self) -> None:
        """A writer that can't write tells so at once; one that says nothing may still write."""
        deadline = self._clock() + FIRST_WORD_S
        while not self.writers.all_heard and self._clock() < deadline and not self.cancelled:
            time.sleep(_REPORT_POLL_S)
            self.writers.poll()

    def trigger(self) -> None:
        """Release the images of one trigger."""
        self._parts.source.trigger()

    def cancel(self) -> None:
        """End the run soon; what is complete is still processed and sent (B073, B074)."""
        if self._cancelled_at is None:  # asking again gives no more time
            self._cancelled_at = self._clock()
        self._cancelled.set()
        self._parts.source.stop()

    def run(self) -> None:
        """Receive, process and send until all is done or the run was cancelled.

        What came before the detector failed is processed, sent and written as ever. Raises
        DetectorError when it did, WriterLost when images could not be delivered; every thread has
        ended by then.
        """
        try:
            self._run()
        except WriterLost as error:
            self.writers.hear_last_words()
            if self._detector_failure is None:
                raise
            raise DetectorError(f"{self._detector_failure}; {error}") from error
        finally:
            for observer in self._parts.observers:
                observer.run_ended(self._end_message())
        if self._detector_failure is not None:
            raise self._detector_failure

    def _run(self) -> None:
        threads = len(self._parts.workers) + 1
        with ThreadPoolExecutor(threads, thread_name_prefix="run") as pool:
            jobs = self._start_threads(pool)
            try:
                self._send_all(jobs)
            except Exception:
                self._end_failed_run()
                raise
            finally:
                self._abandon()
        self._finish()

    def _start_threads(self, pool: ThreadPoolExecutor) -> list[Future[None]]:
        image_ids: Iterator[int] = iter(range(self.plan.images.image_count))
        capture = pool.submit(self._capture)
        workers = [
            pool.submit(self._work, number, worker, image_ids)
            for number, worker in enumerate(self._parts.workers)
        ]
        return [capture, *workers]

    def _work(self, number: int, worker: ImageWorker, image_ids: Iterator[int]) -> None:
        """Thread: make images."""
        self._parts.processors.pin(number)
        worker.run(image_ids)

    def _capture(self) -> None:
        """Thread: bring frames in; nothing else."""
        try:
            while self._parts.source.step(self._parts.frames):
                pass
        except DetectorError as error:
            self._detector_failure = error
        finally:
            self._parts.frames.close()

    def _send_all(self, jobs: list[Future[None]]) -> None:
        """Send until the workers have ended and the queue is empty."""
        while self._time_left(DRAIN_AFTER_CANCEL_S) > 0:
            ended = all(job.done() for job in jobs)
            if not self._sender.step() and ended:
                break
            _raise_errors(jobs)
        _raise_errors(jobs)

    def _time_left(self, after_cancel_s: float) -> float:
        """No limit for a run that is not cancelled: the writer's silence limits it."""
        if self._cancelled_at is None:
            return math.inf
        return self._cancelled_at + after_cancel_s - self._clock()

    def _abandon(self) -> None:
        """Let every thread end; after a complete run there is nothing left to give up."""
        self._parts.queue.give_up()
        self._parts.frames.close()
        self._parts.source.stop()

    def _end_failed_run(self) -> None:
        """A writer that is still there closes its files; one that is gone can't be told."""
        self._abandon()
        with suppress(WriterLost):
            self._parts.sink.end(self._end_message(), _WAIT_S)

    def _finish(self) -> None:
        timeout_s = min(_END_TIMEOUT_S, max(0.0, self._time_left(END_AFTER_CANCEL_S)))
        if not self._parts.sink.end(self._end_message(), timeout_s):
            raise WriterLost("the writer did not take the end of the run; check jfjoch_writer")
        if self._parts.sink.reports_configured:
            self._await_reports()

    def _await_reports(self) -> None:
        """With reports, the end of a run is the end of writing.

        Raises WriterLost when images that were sent are not on disk then.
        """
        while not self.writers.all_ended:
            self.writers.poll()
            self.writers.check_end()
            if self._time_left(END_AFTER_CANCEL_S) <= 0:
                raise WriterLost("cancelled, but the writer has not confirmed the end of the run")
            time.sleep(_REPORT_POLL_S)
        if self.writers.owes_images:
            raise WriterLost("the writer ended without some of the images; its log says why")

    def _send_calibration(self, message: CalibrationMessage) -> None:
        while not self._parts.sink.send_calibration(message, _WAIT_S):
            self.writers.check_silence()
            if self.cancelled:
                return
        self.writers.sign_of_life()

    def _end_message(self) -> EndMessage:
        counts = self.statistics.snapshot()
        return EndMessage(
            run_number=self.plan.run.number,
            run_name=self.plan.run.name,
            end_date=datetime.now(UTC),
            max_image_number=counts.max_image_number,
            images_collected=counts.images_collected,
            images_sent=counts.images_sent,
            images_expected=counts.images_expected,
            efficiency=counts.efficiency,
            max_receiver_delay=counts.max_receiver_delay,
            cancelled=self.cancelled,
            mean_profile=self.plots.mean_profile(),
            bkg_estimate=counts.analysis.bkg_estimate,
            indexing_rate=counts.analysis.indexing_rate,
        )


def _raise_errors(jobs: list[Future[None]]) -> None:
    for job in jobs:
        if job.done():
            job.result()
