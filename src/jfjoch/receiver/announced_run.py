"""The run that a publisher tells of."""

from jfjoch.messages.end import EndMessage
from jfjoch.messages.ports import RunPublisher
from jfjoch.messages.start import StartMessage


class AnnouncedRun:
    """Sees to it that the start goes before everything else of a run, and the end behind.

    Switched off and on again in the middle of a run, the start comes again, so that whoever
    listens from then on can decode. Used by one thread.
    """

    def __init__(self, publisher: RunPublisher, enabled: bool) -> None:
        self._publisher = publisher
        self._enabled = enabled
        self._start: StartMessage | None = None
        self._announced = False

    @property
    def is_open(self) -> bool:
        """Whether something of the run may be published now."""
        return self._announced

    def begin(self, start: StartMessage) -> None:
        """A run begins; the one before is over."""
        self._start = start
        self._announced = False
        self._announce()

    def switch(self, enabled: bool) -> None:
        """Publish from now on, or stop doing so."""
        self._enabled = enabled
        self._announced &= enabled
        self._announce()

    def end(self, end: EndMessage) -> None:
        """The run is over."""
        if self._announced:
            self._publisher.end(end)
        self._start = None
        self._announced = False

    def _announce(self) -> None:
        if self._enabled and self._start and not self._announced:
            self._publisher.start(self._start)
            self._announced = True
