"""From the runs of a service to its status."""

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

from jfjoch.writer.image_rate import ImageRate
from jfjoch.writer.image_share import images_expected
from jfjoch.writer.run import WriterRun
from jfjoch.writer.status import State, Totals, WriterStatus

PERIOD_S = 0.1
"""Between two looks at things while images come, as a look at the disk may cost."""


class StatusHistory:
    """Remembers the last run, and adds up all of them. Used by the service's thread."""

    def __init__(self, root: Path, clock: Callable[[], float]) -> None:
        self._root = root
        self._clock = clock
        self._rate = ImageRate(clock)
        self._run: WriterRun | None = None
        self._is_over = True
        self._is_forgiven = False
        self._totals = Totals()
        self._last_s = clock()

    def begin(self, run: WriterRun) -> None:
        """A run has started."""
        before = self._with_present_run()
        self._totals = dataclasses.replace(before, runs=before.runs + 1)
        self._run, self._is_over, self._is_forgiven = run, False, False

    def note_image(self) -> None:
        """Count an image that came."""
        self._rate.note_image()

    def end(self) -> None:
        """The run is over, in whatever way."""
        self._is_over = True

    def forgive(self) -> None:
        """The end of the last run was wanted, and is no error."""
        self._is_forgiven = True

    def is_due(self) -> bool:
        """Whether some time has passed since the last status."""
        return self._clock() - self._last_s >= PERIOD_S

    def status(self, broken_messages: int, stray_messages: int) -> WriterStatus:
        """Return how things are."""
        self._last_s = self._clock()
        totals = dataclasses.replace(
            self._with_present_run(),
            broken_messages=broken_messages,
            stray_messages=stray_messages,
        )
        if self._run is None:
            return WriterStatus(free_bytes=self._free_bytes(), totals=totals)
        return self._describe(self._run, totals)

    def _describe(self, run: WriterRun, totals: Totals) -> WriterStatus:
        return WriterStatus(
            state=self._state(run),
            run_number=run.start.run_number,
            run_name=run.start.run_name,
            file_prefix=run.start.files.file_prefix,
            images_expected=images_expected(run.start) if run.is_possible else 0,
            images_received=run.images_received,
            images_written=run.images_on_disk,
            images_lost=run.images_lost,
            current_file="" if self._is_over else run.current_file,
            free_bytes=run.free_bytes,
            images_per_s=self._rate.per_second(),
            message=run.error or run.refusals.losses,
            totals=totals,
        )

    def _state(self, run: WriterRun) -> State:
        if run.error and not self._is_forgiven:
            return "Error"
        return "Idle" if self._is_over else "Writing"

    def _with_present_run(self) -> Totals:
        """The last run counts on even when it is over: images of it may still come."""
        if self._run is None:
            return self._totals
        return dataclasses.replace(
            self._totals,
            images_received=self._totals.images_received + self._run.images_received,
            images_written=self._totals.images_written + self._run.images_on_disk,
            images_lost=self._totals.images_lost + self._run.images_lost,
        )

    def _free_bytes(self) -> int:
        try:
            return shutil.disk_usage(self._root).free
        except OSError:  # the root went away; the next run will say so
            return 0
