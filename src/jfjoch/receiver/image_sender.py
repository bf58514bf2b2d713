"""The one sender of a run: from the queue of finished images into the stream."""

from jfjoch.messages.image import ImageMessage
from jfjoch.messages.ports import ImageSink
from jfjoch.receiver.image_queue import ImageQueue
from jfjoch.receiver.run_statistics import RunStatistics
from jfjoch.receiver.writer_watch import WriterWatch

_WAIT_S = 0.1


class ImageSender:
    """Waits for room in the stream as long as the writer shows signs of life."""

    def __init__(
        self,
        queue: ImageQueue,
        sink: ImageSink,
        watch: WriterWatch,
        statistics: RunStatistics,
    ) -> None:
        self._queue = queue
        self._sink = sink
        self._watch = watch
        self._statistics = statistics
        self._waiting: ImageMessage | None = None

    def step(self) -> bool:
        """Try to send one image; False when there was none.

        Raises WriterLost when the writer is gone, silent, or says that it failed.
        """
        self._watch.poll()
        if self._waiting is None:
            self._waiting = self._queue.get(_WAIT_S)
        if self._waiting is None:
            self._stand_by()
            return False
        self._send(self._waiting)
        return True

    def _stand_by(self) -> None:
        self._sink.check_writers()
        if self._watch.owes_images:
            self._watch.check_silence()
        else:
            self._watch.sign_of_life()

    def _send(self, message: ImageMessage) -> None:
        if self._sink.send_image(message, _WAIT_S):
            self._watch.sign_of_life()
            if self._sink.destination_count > 0:  # else it was thrown away, as was asked for
                self._statistics.image_sent(message.image_id)
            self._waiting = None
        else:
            self._watch.check_silence()
