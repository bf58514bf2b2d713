"""One acquisition under way, and the thread that sends it."""

import logging
import threading
from collections.abc import Sequence

from jfjoch.errors import DetectorError
from jfjoch.simulator.departures import Departures, EmitterClock
from jfjoch.simulator.record import AcquisitionListener, Outcome
from jfjoch.simulator.sending import PreparedAcquisition
from jfjoch.simulator.transmission import Transmission

_logger = logging.getLogger(__name__)


class AcquisitionRun:
    """Begins once; the other methods and properties are for any thread, after that."""

    def __init__(
        self, prepared: PreparedAcquisition, listeners: Sequence[AcquisitionListener]
    ) -> None:
        self._prepared = prepared
        self._record = prepared.record
        self._listeners = listeners
        self._departures: Departures
        self._transmission: Transmission
        self._thread: threading.Thread
        self.ended = False
        """All is sent and recorded."""

    def begin(self, period_s: float, clock: EmitterClock) -> None:
        """Send in a thread. Raises DetectorError when a listener can't keep a record."""
        try:
            for listener in self._listeners:
                listener.begin(self._record)
        except OSError as error:
            self._prepared.socket.close()
            raise DetectorError(f"the simulated detector can't keep its record: {error}") from error
        self._departures = Departures(self._record.acquisition, period_s, clock)
        self._transmission = Transmission(self._prepared.parts(self._departures))
        self._thread = threading.Thread(target=self._send, name="frame emitter", daemon=True)
        self._thread.start()

    def trigger(self) -> None:
        """Release the frames of one trigger."""
        self._departures.trigger()

    def stop(self) -> None:
        """End it after the frame that is being sent; returns when it has ended."""
        self._departures.stop()
        self._thread.join()

    @property
    def waiting(self) -> bool:
        """Whether no frame leaves before a trigger comes."""
        return self._departures.waiting

    @property
    def triggers_left(self) -> int:
        """Triggers yet to come."""
        return self._departures.triggers_left

    @property
    def frames_sent(self) -> int:
        """Of each module."""
        return self._transmission.frames_sent

    def _send(self) -> None:
        try:
            self._tell(self._send_all())
        finally:
            self._prepared.socket.close()
            self.ended = True

    def _send_all(self) -> str | None:
        """Return what kept it from sending on."""
        try:
            self._transmission.run()
        except OSError as error:
            _logger.error("acquisition %d: can't send packets: %s", self._record.number, error)
            return str(error)
        return None

    def _tell(self, error: str | None) -> None:
        transmission, late = self._transmission, self._departures.late_count
        outcome = Outcome(transmission.frames_sent, transmission.packets_sent, late, error)
        number = self._record.number
        _logger.info(
            "acquisition %d: %d of %d frames sent, %d of them late",
            number,
            outcome.frames_sent,
            self._record.acquisition.frame_count,
            late,
        )
        for listener in self._listeners:
            try:
                listener.end(self._record, outcome)
            except OSError as problem:
                _logger.error("acquisition %d: can't keep its record: %s", number, problem)
