"""The preview and the metadata stream, as configured."""

import logging

from jfjoch.broker.live_settings import SettingsSnapshot
from jfjoch.broker.settings_sections import ZEROMQ_METADATA, ZEROMQ_PREVIEW
from jfjoch.broker.stream_settings import publishing
from jfjoch.model.configuration import JfjochSettings
from jfjoch.model.zeromq import ZeromqMetadataSettings, ZeromqPreviewSettings
from jfjoch.receiver.published_stream import PublishedStreams, metadata_stream, preview_stream

_log = logging.getLogger(__name__)


def published_streams(
    configuration: JfjochSettings, settings: SettingsSnapshot
) -> PublishedStreams:
    """Return the streams that have an address in the configuration file, not yet open."""
    preview = _address("zeromq_preview", configuration.zeromq_preview)
    metadata = _address("zeromq_metadata", configuration.zeromq_metadata)
    return PublishedStreams(
        preview_stream(preview, publishing(settings[ZEROMQ_PREVIEW])) if preview else None,
        metadata_stream(metadata, publishing(settings[ZEROMQ_METADATA])) if metadata else None,
    )


def _address(
    name: str, configured: ZeromqPreviewSettings | ZeromqMetadataSettings | None
) -> str | None:
    """None where there is no address; that is told when there are settings."""
    if configured and not configured.socket_address:
        _log.warning("%s has no socket_address: nothing is published", name)
    return configured.socket_address if configured else None
