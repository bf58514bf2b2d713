"""Streams for whoever listens: socket, publisher and thread as one."""

from contextlib import ExitStack
from dataclasses import dataclass

from jfjoch.messages.ports import RunObserver
from jfjoch.receiver.metadata_publisher import MetadataPublisher
from jfjoch.receiver.preview_publisher import PreviewPublisher
from jfjoch.receiver.publisher_feed import Publishing
from jfjoch.receiver.publisher_thread import PublisherThread
from jfjoch.stream.publish import ZmqPublisher

PREVIEW_WATERMARK = 32
"""Images kept for a subscriber that does not read."""
METADATA_WATERMARK = 256
"""Messages kept for a subscriber that does not read; each is smaller than 2 MiB."""


@dataclass(frozen=True, slots=True)
class PublishedStream:
    """``open`` once, ``close`` once; between them ``publisher`` observes runs."""

    socket: ZmqPublisher
    publisher: PreviewPublisher | MetadataPublisher
    thread: PublisherThread

    @property
    def address(self) -> str:
        """Where subscribers find it: with the real port."""
        return self.socket.address

    def configure(self, publishing: Publishing) -> None:
        """Publish like this from now on."""
        self.publisher.configure(publishing)

    def open(self) -> None:
        """Bind and begin. Raises ConfigurationError naming the address that can't be bound."""
        self.socket.open()
        self.thread.start()

    def close(self) -> None:
        """Publish what waits, then let go of the address."""
        self.thread.stop()
        self.socket.close()


def preview_stream(address: str, publishing: Publishing) -> PublishedStream:
    """Return the preview stream at ``address``, not yet open."""
    socket = ZmqPublisher("preview stream", address, PREVIEW_WATERMARK)
    publisher = PreviewPublisher(socket, publishing)
    return PublishedStream(socket, publisher, PublisherThread("preview stream", publisher))


def metadata_stream(address: str, publishing: Publishing) -> PublishedStream:
    """Return the metadata stream at ``address``, not yet open."""
    socket = ZmqPublisher("metadata stream", address, METADATA_WATERMARK)
    publisher = MetadataPublisher(socket, publishing)
    return PublishedStream(socket, publisher, PublisherThread("metadata stream", publisher))


@dataclass(frozen=True, slots=True)
class PublishedStreams:
    """Those that have an address."""

    preview: PublishedStream | None = None
    metadata: PublishedStream | None = None

    @property
    def observers(self) -> list[RunObserver]:
        """Who is to be shown the images of every run."""
        return [stream.publisher for stream in self._present]

    def open(self) -> None:
        """Open all, or none. Raises ConfigurationError naming the address that can't be bound."""
        with ExitStack() as opened:
            for stream in self._present:
                stream.open()
                opened.callback(stream.close)
            opened.pop_all()

    def close(self) -> None:
        """Close all."""
        for stream in self._present:
            stream.close()

    @property
    def _present(self) -> list[PublishedStream]:
        return [stream for stream in (self.preview, self.metadata) if stream is not None]
