"""How much memory the values of one message may take, and what each is reckoned to take.

On the wire an empty list is one byte, in memory about a hundred: without a budget a message of
a megabyte could take a hundred. The costs are upper bounds for CPython.
"""

from collections.abc import Iterable, Mapping
from itertools import chain

import cbor2

from jfjoch.stream.cbor.encoding import Encoded

BYTES_PER_MESSAGE_BYTE = 4
SMALLEST_BUDGET = 2 << 20
"""Bytes granted to small messages."""

VALUE_COST = 100
"""A number, or an empty container, and its place in the one around it."""
VIEW_COST = 300
"""A byte string: a view of the message and, mostly, a NumPy array over it."""
PACKED_SPOTS_COST = VALUE_COST + VIEW_COST
"""A list of spots in the form of ``packed_spots``, however long."""


def memory_budget(message_bytes: int) -> int:
    """Return the bytes that the values of a message of that size may take."""
    return max(BYTES_PER_MESSAGE_BYTE * message_bytes, SMALLEST_BUDGET)


def text_cost(text: str) -> int:
    """Return the bytes that the characters take; a single wide one makes all four bytes wide."""
    return len(text) if text.isascii() else 4 * len(text)


def reading_cost(value: object) -> int:
    """Return what reading ``value`` costs, an entry as it is given to the encoder."""
    if value is None or isinstance(value, int | float):
        return VALUE_COST
    if isinstance(value, str):
        return VALUE_COST + text_cost(value)
    if isinstance(value, Mapping):
        return VALUE_COST + _sum(chain(value, value.values()))
    if isinstance(value, list | tuple):
        return VALUE_COST + _sum(value)
    if isinstance(value, cbor2.CBORTag):
        return VALUE_COST + reading_cost(value.value)
    if isinstance(value, Encoded):
        return value.reading_cost
    return VALUE_COST + VIEW_COST


def _sum(values: Iterable[object]) -> int:
    return sum(map(reading_cost, values))
