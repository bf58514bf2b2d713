"""The broker's end of the image stream."""

import dataclasses
import logging
import time
from collections.abc import Callable
from datetime import datetime
from typing import NoReturn, Self

import zmq

from jfjoch.errors import Cancelled, ConfigurationError, WriterLost, WriterMissing
from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.start import FilePlan, StartMessage
from jfjoch.messages.writer_report import WriterReport
from jfjoch.model.zeromq import ZeromqSettings
from jfjoch.stream.cbor.calibration import encode_calibration
from jfjoch.stream.cbor.end import encode_end
from jfjoch.stream.cbor.image import encode_image
from jfjoch.stream.cbor.start_encoder import encode_start
from jfjoch.stream.image_socket import ImageSocket
from jfjoch.stream.report_inbox import ReportInbox

START_TIMEOUT_S = 3.0
"""For all writers together to be there and to take the start."""
SETTLE_TIME_S = 0.3
"""For a writer that has gone to be noticed as gone, and, after sockets were bound anew, for
everyone who was connected before to come back."""
LINGER_S = 1.0
"""How long the end of a good run may take to leave when the sink is closed."""

_WAIT_STEP_S = 0.005
_LOG = logging.getLogger(__name__)


def _refuse(addresses: list[str], reason: str) -> NoReturn:
    raise WriterMissing(f"image stream {', '.join(addresses)}: {reason}")


@dataclasses.dataclass(frozen=True, slots=True)
class _Run:
    """What is needed of the start for each image."""

    series_date: datetime
    images_per_file: int


class ZmqImageSink:
    """Sends runs to one writer per PUSH socket; image i goes where its data file is written.

    A socket holds ``send_watermark`` messages, then it waits for its writer. Methods belong to
    one thread at a time; another may follow, provided a lock or queue hands the sink over (a
    full memory barrier, as ZeroMQ asks for). ``reports`` uses a socket of its own and may be
    called next to the others, by one thread at a time.
    """

    def __init__(
        self, settings: ZeromqSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._context: zmq.Context[zmq.Socket[bytes]] | None = None
        self._sockets: list[ImageSocket] = []
        self._inbox: ReportInbox | None = None
        self._run: _Run | None = None
        """Not None after a run whose end did not leave, either: queues hold the rest of it."""

    def open(self) -> None:
        """Bind all sockets. Raises ConfigurationError naming the address that can't be bound."""
        if not self._settings.image_socket:
            raise ConfigurationError(
                "zeromq.image_socket: expected at least one address for image_pusher ZeroMQ"
            )
        self._context = zmq.Context()
        try:
            for address in self._settings.image_socket:
                self._sockets.append(ImageSocket(self._context, address, self._settings))
            if self._settings.writer_notification_socket:
                self._inbox = ReportInbox(
                    self._context, self._settings.writer_notification_socket, self._clock
                )
        except ConfigurationError:
            self.close()
            raise

    @property
    def addresses(self) -> list[str]:
        """Where writers find the image sockets: real addresses, a port "*" resolved."""
        return [socket.address for socket in self._sockets]

    @property
    def report_address(self) -> str:
        """Where writers report to; empty when they can't."""
        return self._inbox.address if self._inbox else ""

    @property
    def reports_configured(self) -> bool:
        """Whether writers can answer at all."""
        return self._inbox is not None

    @property
    def destination_count(self) -> int:
        """Writers the run is split over."""
        return len(self._sockets)

    def find_writers(self, is_cancelled: Callable[[], bool]) -> None:
        """Return once there is one writer on each socket, with room in its queue.

        Raises WriterMissing, naming the address, when that takes more than ``START_TIMEOUT_S``,
        and Cancelled as soon as ``is_cancelled`` says so.
        """
        bound_anew = self._run is not None
        if bound_anew:
            self._forget_run()
        began = self._clock()
        self._await_writers(began, bound_anew, is_cancelled)
        self._await_room(began + START_TIMEOUT_S)

    def start(self, message: StartMessage) -> None:
        """Give the start to all writers at once, within ``START_TIMEOUT_S``.

        Raises WriterMissing, naming the address, unless there is exactly one writer on each
        socket and all take the start; then no writer gets an image of the run. Nor does any get
        this start, unless one leaves in the very moment in which all are given it: another may
        have taken its start by then, and closes that run, empty, when the next one starts.
        Raises InvalidInput for a header_appendix that can't be sent.
        """
        frames = [
            encode_start(dataclasses.replace(message, files=self._file_plan(message.files, number)))
            for number in range(len(self._sockets))
        ]
        self.find_writers(lambda: False)
        run = _Run(message.arm_date, message.files.images_per_file)
        self._offer(frames, run, self._clock() + START_TIMEOUT_S)

    def _file_plan(self, files: FilePlan, socket_number: int) -> FilePlan:
        return dataclasses.replace(
            files,
            write_master_file=files.write_master_file and socket_number == 0,
            socket_number=socket_number,
            socket_count=len(self._sockets),
            writer_notification_address=self.report_address,
        )

    def _forget_run(self) -> None:
        """Throw away what queues hold, so that no writer gets it after its end."""
        for socket in self._sockets:
            socket.rebind()
        self._run = None

    def _await_writers(
        self, began: float, must_settle: bool, is_cancelled: Callable[[], bool]
    ) -> None:
        """Return once every socket has one writer."""
        while True:
            if is_cancelled():
                raise Cancelled("cancelled before the run was armed")
            counts = {socket.address: socket.peer_count() for socket in self._sockets}
            elapsed = self._clock() - began
            settled = elapsed >= SETTLE_TIME_S
            if set(counts.values()) == {1} and (settled or not must_settle):
                return
            several = [address for address, count in counts.items() if count > 1]
            if several and settled:
                _refuse(several, "more than one writer; stop all but one")
            if elapsed >= START_TIMEOUT_S:
                missing = [address for address, count in counts.items() if not count]
                _refuse(missing, "no writer; start jfjoch_writer for it")
            time.sleep(_WAIT_STEP_S)

    def _await_room(self, deadline: float) -> None:
        """Return once every queue has room, which then can't vanish: nobody else sends."""
        for socket in self._sockets:
            socket.begin_run()
        full = [socket.address for socket in self._sockets if not self._has_room(socket, deadline)]
        if full:
            _refuse(full, "the writer does not take the start; wait for it, or restart it")

    def _has_room(self, socket: ImageSocket, deadline: float) -> bool:
        try:
            return socket.wait_for_room(deadline, self._clock)
        except WriterLost:
            return False

    def _offer(self, frames: list[bytes], run: _Run, deadline: float) -> None:
        self._run = run
        for socket, frame in zip(self._sockets, frames, strict=True):
            if not self._hand_over(socket, frame, deadline):
                self._forget_run()
                _refuse([socket.address], "the writer left while it was given the start")

    def _hand_over(self, socket: ImageSocket, frame: bytes, deadline: float) -> bool:
        try:
            return socket.send(frame, deadline, self._clock)
        except WriterLost as error:
            _LOG.warning("%s", error)
            return False

    def send_image(self, message: ImageMessage, timeout_s: float) -> bool:
        """Hand over one image; False when there was no room within the time.

        Raises WriterLost, naming the address, when the writer has gone, also when it took
        images with it that were handed over before; InvalidInput for an image_appendix that
        can't be sent.
        """
        assert self._run, "start() comes first"
        file_number = (
            message.image_id // self._run.images_per_file if self._run.images_per_file else 0
        )
        socket = self._sockets[file_number % len(self._sockets)]
        # Room first: an image that has to be offered again is not encoded again.
        if not socket.wait_for_room(self._clock() + timeout_s, self._clock):
            return False
        return socket.offer(encode_image(message, self._run.series_date))

    def send_calibration(self, message: CalibrationMessage, timeout_s: float) -> bool:
        """Hand one array to the writer of the master file; False when there was no room.

        Raises WriterLost when that writer has gone.
        """
        deadline = self._clock() + timeout_s
        return self._sockets[0].send(encode_calibration(message), deadline, self._clock)

    def end(self, message: EndMessage, timeout_s: float) -> bool:
        """Hand the end to all writers; False when not all of them took it within the time."""
        deadline = self._clock() + timeout_s
        frame = encode_end(message)
        taken = [self._hand_over(socket, frame, deadline) for socket in self._sockets]
        if all(taken):
            self._run = None
        return all(taken)

    def check_writers(self) -> None:
        """Raise WriterLost, naming the address, when a writer of the run has gone."""
        for socket in self._sockets:
            socket.check_writer()

    def reports(self) -> list[WriterReport]:
        """What writers have said since the last call; never blocks."""
        return self._inbox.take() if self._inbox else []

    def close(self) -> None:
        """Let go of all sockets; idempotent. The end of a good run gets ``LINGER_S`` to leave."""
        for socket in self._sockets:
            socket.close(linger_s=0.0 if self._run else LINGER_S)
        self._sockets = []
        if self._inbox:
            self._inbox.close()
            self._inbox = None
        if self._context:
            self._context.term()
            self._context = None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()
