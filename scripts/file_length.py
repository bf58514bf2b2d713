"""Refuse Python files longer than 400 lines: a file that long holds a second noun.

Usage: file_length.py DIRECTORY...
"""

import sys
from collections.abc import Iterator
from pathlib import Path

LINE_LIMIT = 400


def long_files(directories: list[Path]) -> Iterator[tuple[Path, int]]:
    """Yield each ``*.py`` above the limit with its number of lines."""
    for directory in directories:
        for path in sorted(directory.rglob("*.py")):
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if lines > LINE_LIMIT:
                yield path, lines


def main(arguments: list[str]) -> int:
    """Name the files that are too long; 1 if there are any."""
    found = list(long_files([Path(argument) for argument in arguments]))
    for path, lines in found:
        print(f"{path}: {lines} lines, the limit is {LINE_LIMIT}: split it by noun")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
