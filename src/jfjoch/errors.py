"""Every error a caller can act on.

::

    JfjochError                 reason "Other"
    ├── InvalidInput            what a user sent can't be used; nothing was changed      HTTP 400
    │   └── ConfigurationError  a file given at start-up can't be used; start is refused
    ├── WrongState              the command is not allowed now                           HTTP 500
    ├── OperationFailed         an allowed command could not be carried out              HTTP 500
    │   ├── PedestalRefused     too few good frames, or no frames at all
    │   ├── WriterMissing       nobody takes the image stream at start
    │   ├── WriterLost          the writer went away or fell silent during a run
    │   └── DetectorError       the detector did not do what it was told
    ├── Cancelled               the user ended the operation
    ├── StreamError             bytes on a stream are not a message we know
    └── FileRefused             a file name or place the writer must not or can't write
        └── FileInUse           another process writes that file

Messages say what was expected, what came, and what to do.
"""

from typing import ClassVar, Literal

Reason = Literal["WrongDAQState", "Other"]


class JfjochError(Exception):
    """Base of all errors of this package; ``reason`` is its word on the wire."""

    reason: ClassVar[Reason] = "Other"


class InvalidInput(JfjochError):
    """What a user sent can't be used; nothing was changed."""


class ConfigurationError(InvalidInput):
    """A configuration, gain or calibration file can't be used; the start is refused."""


class WrongState(JfjochError):
    """The command is not allowed in the present state."""

    reason: ClassVar[Reason] = "WrongDAQState"

    def __init__(self, command: str, objection: str) -> None:
        """``command`` is what was asked for; ``objection`` goes on with the sentence."""
        super().__init__(f"Detector in wrong state: {command} {objection}")
        self._objection = objection

    def of(self, request: str) -> "WrongState":
        """Return the same refusal in the words of who asked."""
        return WrongState(request, self._objection)


class OperationFailed(JfjochError):
    """An allowed command could not be carried out."""


class PedestalRefused(OperationFailed):
    """Too few complete frames for a usable pedestal."""


class WriterMissing(OperationFailed):
    """Nobody (or more than one) takes the image stream at start."""


class WriterLost(OperationFailed):
    """The writer went away or fell silent during a run."""


class DetectorError(OperationFailed):
    """The detector did not do what it was told."""


class Cancelled(JfjochError):
    """The user ended the operation."""


class StreamError(JfjochError):
    """Bytes on a stream are not a message we know."""


class FileRefused(JfjochError):
    """A file name or place the writer must not, or can't, write."""


class FileInUse(FileRefused):
    """Another process writes that file."""
