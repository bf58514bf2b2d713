"""Which rows of a data set wait for being written."""

from collections.abc import Iterator


class ChangedRows:
    """In each chunk all rows from the first to the last that has changed."""

    def __init__(self, chunk_rows: int) -> None:
        self._chunk_rows = chunk_rows
        self._spans: dict[int, list[int]] = {}

    def add(self, row: int) -> None:
        """Note one that has changed."""
        span = self._spans.get(row // self._chunk_rows)
        if span is None:
            self._spans[row // self._chunk_rows] = [row, row + 1]
        elif row >= span[1]:
            span[1] = row + 1
        elif row < span[0]:
            span[0] = row

    def take(self) -> Iterator[tuple[int, range]]:
        """Return chunks, by their first row, and the rows in them.

        They wait until the next is asked for: still, if writing them fails.
        """
        for chunk, (begin, end) in list(self._spans.items()):
            first = chunk * self._chunk_rows
            yield first, range(begin - first, end - first)
            del self._spans[chunk]
