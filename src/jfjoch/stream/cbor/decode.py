"""Any bytes to a message."""

from collections.abc import Callable

from jfjoch.errors import StreamError
from jfjoch.messages.ports import Message
from jfjoch.stream.cbor.calibration import decode_calibration
from jfjoch.stream.cbor.end import decode_end
from jfjoch.stream.cbor.fields import Fields
from jfjoch.stream.cbor.image import decode_image
from jfjoch.stream.cbor.metadata import decode_metadata
from jfjoch.stream.cbor.reader import read_map
from jfjoch.stream.cbor.start_decoder import decode_start

_DECODERS: dict[str, Callable[[Fields], Message]] = {
    "start": decode_start,
    "image": decode_image,
    "calibration": decode_calibration,
    "metadata": decode_metadata,
    "end": decode_end,
}


def decode(message: bytes | memoryview) -> Message:
    """Return the message in ``message``.

    Pixels and arrays are views of ``message``, which must stay as it is; memory beyond it is
    bounded by four times its size (2 MiB for small ones). Unknown keys are ignored. Raises
    StreamError, saying what is wrong where, for everything that is not a message.
    """
    entries = read_map(message)
    kind = Fields("message", entries).text("type")
    decoder = _DECODERS.get(kind)
    if decoder is None:
        raise StreamError(f"message type {kind[:40]!r}: expected one of {', '.join(_DECODERS)}")
    return decoder(Fields(kind, entries))
