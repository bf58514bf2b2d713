"""Values from outside, shown in a message."""

_LONGEST = 60


def excerpt(value: object) -> str:
    """Return a short text for ``value``; a container is named, not shown (it may be huge)."""
    if isinstance(value, str):
        return repr(value[:_LONGEST])
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    return type(value).__name__
