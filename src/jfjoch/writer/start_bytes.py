"""The start message as it travels, for the data files."""

import dataclasses
import logging

from jfjoch.errors import InvalidInput, StreamError
from jfjoch.messages.start import StartMessage
from jfjoch.nxmx.start_record import StartRecord
from jfjoch.stream.cbor.decode import decode
from jfjoch.stream.cbor.start_encoder import start_pieces

_PLACES = ("tcp://", "ipc://")
"""Where a broker can be found later; it does not look for itself."""

_logger = logging.getLogger(__name__)


def start_record(start: StartMessage) -> StartRecord | None:
    """Return what a data file keeps of the start; None for a start that can't be sent on."""
    address = start.files.writer_notification_address
    kept = address if address.startswith(_PLACES) else ""
    files = dataclasses.replace(start.files, writer_notification_address=kept)
    try:
        return StartRecord.of(start_pieces(dataclasses.replace(start, files=files)))
    except InvalidInput as error:
        _logger.warning("data files can't tell how their run began: %s", error)
        return None


def recorded_start(message: bytes) -> StartMessage | None:
    """Return the start a data file has kept; None when it is not one."""
    try:
        start = decode(message) if message else None
    except StreamError:
        return None
    return start if isinstance(start, StartMessage) else None
