"""The broker's end of a stream that anyone may listen to."""

from datetime import datetime
from typing import Self

from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.metadata import MetadataMessage
from jfjoch.messages.start import StartMessage
from jfjoch.stream.cbor.end import encode_end
from jfjoch.stream.cbor.image import encode_image
from jfjoch.stream.cbor.metadata import encode_metadata
from jfjoch.stream.cbor.start_encoder import encode_start
from jfjoch.stream.publisher_socket import PublisherSocket


class ZmqPublisher:
    """Sends over a PUB socket to all who are connected at that moment; never waits.

    For a subscriber that does not read, ``watermark`` messages are kept, then ZeroMQ drops what
    comes for it, and only for it; nobody is told. One that connects later has missed what was
    sent before. Used by one thread at a time; another may follow, provided starting or joining
    a thread hands it over.
    """

    def __init__(self, stream: str, address: str, watermark: int) -> None:
        """``stream`` names it in the log and in errors."""
        self._socket = PublisherSocket(stream, address, watermark)
        self._series_date: datetime | None = None

    def open(self) -> None:
        """Bind the socket. Raises ConfigurationError naming stream and address."""
        self._socket.open()

    @property
    def address(self) -> str:
        """The address it is bound to, with the real port; empty before ``open``."""
        return self._socket.address

    def start(self, message: StartMessage) -> None:
        """Tell of the run that the following messages belong to."""
        self._series_date = message.arm_date
        self._socket.send(encode_start(message))

    def image(self, message: ImageMessage) -> None:
        """Show one image."""
        assert self._series_date, "start() comes first"
        self._socket.send(encode_image(message, self._series_date))

    def metadata(self, message: MetadataMessage) -> None:
        """Tell the numbers of images, in several messages if one would be too large to read."""
        assert self._series_date, "start() comes first"
        for part in encode_metadata(message, self._series_date):
            self._socket.send(part)

    def end(self, message: EndMessage) -> None:
        """Tell that nothing more of the run comes."""
        self._socket.send(encode_end(message))

    def close(self) -> None:
        """Let go of the socket; what is queued gets a moment to leave. Idempotent."""
        self._socket.close()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()
