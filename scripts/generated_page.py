"""What all scripts that make a page of the documentation have in common."""

import argparse
import re
from collections.abc import Callable
from pathlib import Path

_BEHAVIOUR_NUMBER = re.compile(r" \(B\d+(?:(?:, |-)B\d+)*\)")


def summary(docstring: str) -> str:
    """Return the first line for readers: without numbers of behaviours, code in one backtick."""
    return _BEHAVIOUR_NUMBER.sub("", docstring.splitlines()[0]).replace("``", "`")


def write_or_check(arguments: list[str], description: str, page: Callable[[], str]) -> int:
    """Write the page that the command line names; with ``--check`` only compare. The exit code."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    parser.add_argument("page", type=Path)
    options = parser.parse_args(arguments)
    text = page()
    if not options.check:
        options.page.write_text(text, encoding="utf-8")
        return 0
    if options.page.is_file() and options.page.read_text(encoding="utf-8") == text:
        return 0
    print(f"{options.page} is not what the code says: run scripts/docs")
    return 1
