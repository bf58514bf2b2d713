"""Settings of the preview and the metadata stream: kept, used at once, reported."""

import logging
import threading
from typing import Protocol, TypeVar

from jfjoch.broker.settings_sections import (
    ZEROMQ_METADATA,
    ZEROMQ_PREVIEW,
    PlainSection,
    S,
    Section,
)
from jfjoch.model.zeromq import ZeromqMetadataSettings, ZeromqPreviewSettings
from jfjoch.receiver.published_stream import PublishedStream, PublishedStreams
from jfjoch.receiver.publisher_feed import Publishing

_log = logging.getLogger(__name__)
_S = TypeVar("_S", ZeromqPreviewSettings, ZeromqMetadataSettings)


class KeptSettings(Protocol):
    """Settings that are kept over a restart."""

    def get(self, section: Section[S]) -> S:
        """Return the settings in force."""

    def put(self, section: PlainSection[S], settings: S) -> None:
        """Keep and use others."""


def publishing(settings: ZeromqPreviewSettings | ZeromqMetadataSettings) -> Publishing:
    """Return what the settings mean for a publisher."""
    return Publishing(settings.enabled, settings.period_ms * 1e-3)


class StreamSettings:
    """Takes everything but the address, which is the configuration file's. Thread-safe."""

    def __init__(self, settings: KeptSettings, streams: PublishedStreams) -> None:
        self._settings = settings
        self._streams = streams
        self._changes = threading.Lock()

    def preview(self) -> ZeromqPreviewSettings:
        """The settings in force, with the real address if there is one (B137)."""
        return self._reported(ZEROMQ_PREVIEW, self._streams.preview)

    def set_preview(self, settings: ZeromqPreviewSettings) -> None:
        """Use others at once, in any state (B135-B137)."""
        self._use(ZEROMQ_PREVIEW, settings, self._streams.preview)

    def metadata(self) -> ZeromqMetadataSettings:
        """The settings in force, with the real address if there is one (B141)."""
        return self._reported(ZEROMQ_METADATA, self._streams.metadata)

    def set_metadata(self, settings: ZeromqMetadataSettings) -> None:
        """Use others at once, in any state (B140, B141)."""
        self._use(ZEROMQ_METADATA, settings, self._streams.metadata)

    def _reported(self, section: PlainSection[_S], stream: PublishedStream | None) -> _S:
        address = stream.address if stream else None
        return self._settings.get(section).model_copy(update={"socket_address": address})

    def _use(self, section: PlainSection[_S], settings: _S, stream: PublishedStream | None) -> None:
        with self._changes:
            # Kept without the address: a new one in the configuration file is to count.
            self._settings.put(section, settings.model_copy(update={"socket_address": None}))
            if stream:
                stream.configure(publishing(settings))
            elif settings.enabled:
                _log.warning(
                    "%s is enabled, but has no socket_address in the configuration file: nothing"
                    " is published",
                    section.name,
                )
