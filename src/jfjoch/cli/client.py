"""``jfjoch``: control a broker from a shell or a script."""

import io
import os
import sys
from collections.abc import Sequence

from jfjoch.cli.client_exit import ExitCode, exit_code
from jfjoch.cli.client_options import client_parser
from jfjoch.cli.client_text import one_line
from jfjoch.cli.client_url import DEFAULT_URL, URL_VARIABLE, client_of
from jfjoch.errors import JfjochError


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command; returns the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Not every terminal knows every letter of a sample's name.
        sys.stdout.reconfigure(errors="backslashreplace")
    options = client_parser(os.environ.get(URL_VARIABLE) or DEFAULT_URL).parse_args(arguments)
    try:
        options.run(client_of(options.url), options)
        sys.stdout.flush()
    except KeyboardInterrupt as interrupt:
        _say(f"interrupted; {interrupt}" if interrupt.args else "interrupted")
        return ExitCode.INTERRUPTED
    except JfjochError as error:
        _say(str(error))
        return exit_code(error)
    except OSError as error:
        _leave_output(error)
        return ExitCode.FAILED
    return ExitCode.OK


def _say(text: str) -> None:
    print(f"jfjoch: {one_line(text)}", file=sys.stderr)


def _leave_output(error: OSError) -> None:
    """Give up standard output, which Python would else try to empty once more at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if not isinstance(error, BrokenPipeError):
        _say(f"expected to write to standard output, got: {error.strerror}")


if __name__ == "__main__":
    sys.exit(main())
