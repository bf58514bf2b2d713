"""Bytes for places in a file that are not there yet."""

from collections.abc import Sequence


class Pieces:
    """Where they overlap, what came later counts."""

    def __init__(self) -> None:
        self._content: dict[tuple[int, int], bytes] = {}
        """By place and size, in the order it came."""
        self._bytes = 0
        self._end = 0

    def __bool__(self) -> bool:
        return bool(self._content)

    @property
    def total_bytes(self) -> int:
        """How much memory they take."""
        return self._bytes

    @property
    def end(self) -> int:
        """Up to where in the file they reach."""
        return self._end

    def add(self, place: int, content: bytes | memoryview) -> None:
        """Keep a copy of what is to be there."""
        key = place, len(content)
        if self._content.pop(key, None) is None:
            self._bytes += len(content)
        self._content[key] = bytes(content)
        self._end = max(self._end, place + len(content))

    def inside(self, file_bytes: int) -> Sequence[tuple[int, bytes]]:
        """Return places and bytes of what lies in a file of that size."""
        return [
            (place, content[: file_bytes - place])
            for (place, _), content in self._content.items()
            if place < file_bytes
        ]

    def put_over(self, content: bytearray, begin: int) -> None:
        """Put them into bytes that were read from that place of the file."""
        end = begin + len(content)
        for (place, size), piece in self._content.items():
            first, last = max(begin, place), min(end, place + size)
            if first < last:
                content[first - begin : last - begin] = piece[first - place : last - place]

    def clear(self) -> None:
        """Keep none."""
        self._content.clear()
        self._bytes = self._end = 0
