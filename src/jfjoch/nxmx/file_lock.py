"""Files that are being written are locked, as HDF5 does it."""

import errno
import fcntl

_IN_USE = (errno.EAGAIN, errno.EACCES)


def lock_file(descriptor: int) -> None:
    """Keep others from opening the file as HDF5 until it is closed.

    Raises OSError (BlockingIOError) when somebody has it open already.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _IN_USE:  # else this file system knows no locks
            raise
