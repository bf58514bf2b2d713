"""Where the broker of a run can be told of it."""

import dataclasses

from jfjoch.messages.start import StartMessage
from jfjoch.stream.addresses import reachable_address


def with_reachable_broker(start: StartMessage, stream_address: str) -> StartMessage:
    """Return the start with an address for reports that means something on this machine.

    The data files keep it, so that a recovery finds the broker, too.
    """
    told = start.files.writer_notification_address
    files = dataclasses.replace(
        start.files, writer_notification_address=reachable_address(told, stream_address)
    )
    return dataclasses.replace(start, files=files)
