"""When images are written that the C library would write at some time."""

from collections.abc import Callable

import pytest

from jfjoch.nxmx import write_behind
from jfjoch.nxmx.write_behind import WriteBehind

OrderOfWrites = Callable[[pytest.MonkeyPatch], None]
"""Makes all writes go through ``os.pwrite``, in a certain order."""


def written_late(patch: pytest.MonkeyPatch) -> None:
    """When somebody waits for them, as if the library took nothing."""
    patch.setattr(write_behind, "begun_order", lambda *_: None)


def written_at_once(patch: pytest.MonkeyPatch) -> None:
    """Before anything else is."""
    written_late(patch)
    begin = WriteBehind.begin

    def begin_and_wait(behind: WriteBehind, place: int, content: bytes | memoryview) -> None:
        begin(behind, place, content)
        behind.wait()

    patch.setattr(WriteBehind, "begin", begin_and_wait)


ORDERS: tuple[OrderOfWrites, ...] = (written_late, written_at_once)
