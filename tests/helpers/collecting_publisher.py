"""A publisher that keeps what it is given."""

from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.metadata import MetadataMessage
from jfjoch.messages.start import StartMessage

Published = StartMessage | ImageMessage | MetadataMessage | EndMessage


class CollectingPublisher:
    """Implements ``RunPublisher`` in memory."""

    def __init__(self) -> None:
        self.messages: list[Published] = []

    def start(self, message: StartMessage) -> None:
        self.messages.append(message)

    def image(self, message: ImageMessage) -> None:
        self.messages.append(message)

    def metadata(self, message: MetadataMessage) -> None:
        self.messages.append(message)

    def end(self, message: EndMessage) -> None:
        self.messages.append(message)

    def shown(self) -> list[str]:
        """Return the messages in short: what kind, and which images."""
        return [_short(message) for message in self.messages]


def _short(message: Published) -> str:
    if isinstance(message, StartMessage):
        return "start"
    if isinstance(message, EndMessage):
        return "end"
    images = message.images if isinstance(message, MetadataMessage) else (message,)
    return " ".join(str(image.image_id) for image in images)
