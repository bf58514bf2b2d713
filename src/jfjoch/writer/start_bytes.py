"""The start message as it travels, for the data files."""

import dataclasses
import logging

from jfjoch.errors import InvalidInput, StreamError
from jfjoch.messages.start import StartMessage
from jfjoch.nxmx.start_record import StartRecord
from jfjoch.stream.cbor.decode import decode
from jfjoch.stream.cbor.start_encoder import encode_start

_logger = logging.getLogger(__name__)


def start_record(start: StartMessage) -> StartRecord | None:
    """Return what a data file keeps of the start; None for a start that can't be sent on."""
    # Where to report to is of no use later.
    files = dataclasses.replace(start.files, writer_notification_address="")
    try:
        return StartRecord.of(encode_start(dataclasses.replace(start, files=files)))
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
