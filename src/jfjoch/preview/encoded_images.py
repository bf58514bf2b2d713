"""Encoded images: made in a thread of their own, once for everybody who asks."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from jfjoch.errors import OperationFailed

KEPT_IMAGES = 8
"""A 4M image is about 10 MB as an uncompressed TIFF, less as a JPEG."""


class EncodedImages:
    """Keeps the ``limit`` images asked for last. Thread-safe.

    One is encoded at a time, however many are asked for: the cores belong to the run. Those
    that wait are as many as the HTTP server takes requests.
    """

    def __init__(self, limit: int = KEPT_IMAGES) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Future[bytes]] = OrderedDict()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="preview")
        self._closed = False

    def get(self, key: Hashable, encode: Callable[[], bytes]) -> Future[bytes]:
        """Return the image of this key; ``encode`` makes it where it is not there yet.

        What ``encode`` raises is the future's exception, and is not kept.
        Raises OperationFailed after ``close``.
        """
        with self._lock:
            future = self._kept.get(key)
            if future is None or _has_failed(future):
                future = self._kept[key] = self.make(encode)
            self._kept.move_to_end(key)
            if len(self._kept) > self._limit:
                self._kept.popitem(last=False)
            return future

    def make(self, encode: Callable[[], bytes]) -> Future[bytes]:
        """Do the same, but keep nothing. Raises OperationFailed after ``close``."""
        self._refuse_closed()
        return self._pool.submit(partial(self._encode, encode))

    def close(self) -> None:
        """Let the image in work be finished, refuse those that wait; idempotent."""
        with self._lock:
            self._closed = True
        self._pool.shutdown(wait=True)

    def _encode(self, encode: Callable[[], bytes]) -> bytes:
        """Thread."""
        self._refuse_closed()
        return encode()

    def _refuse_closed(self) -> None:
        if self._closed:
            raise OperationFailed("the broker is shutting down; start it again")


def _has_failed(future: Future[bytes]) -> bool:
    return future.done() and future.exception() is not None
