"""Which images are searched for a lattice when there is no time for all of them."""

from itertools import count

from jfjoch.receiver.frame_buffer import FrameBuffer

_SEARCHED_EVERY = 4
"""While frames from inside wait, a search for so many images."""


class IndexingBudget:
    """One worker's. A search takes about as long as all the rest of an image together.

    While at least half of the frame buffer is free there is time. Otherwise a source that can't
    wait would soon lose frames: nothing is searched. One that waits loses none: every fourth image
    is, so that the run is seen and takes little longer.
    """

    def __init__(self, frames: FrameBuffer, source_waits: bool) -> None:
        self._frames = frames
        self._source_waits = source_waits
        self._turns = count()

    def allows(self) -> bool:
        """Return whether the next image is searched; to be asked once for each."""
        if self._frames.has_room:
            return True
        return self._source_waits and next(self._turns) % _SEARCHED_EVERY == 0
