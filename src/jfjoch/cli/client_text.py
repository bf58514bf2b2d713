"""Text on a terminal: nothing of it may be taken for a command to the terminal."""

from collections.abc import Iterable

_LONGEST_LINE = 2000


def plain(text: str) -> str:
    """Return the text with everything but printable characters escaped, line ends too."""
    return "".join(
        character if character.isprintable() else _escaped(character) for character in text
    )


def one_line(text: str) -> str:
    """Return a message of any size as one line that is safe to print."""
    line = plain("; ".join(part for part in text.splitlines() if part.strip()).strip())
    return line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE] + "..."


def table(rows: Iterable[tuple[str, str]]) -> str:
    """Return rows of a name and a value, the values below each other."""
    shown = [(name, one_line(value) or "-") for name, value in rows]
    width = max((len(name) for name, _ in shown), default=0)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in shown)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
