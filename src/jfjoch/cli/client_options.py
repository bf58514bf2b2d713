"""The command line of ``jfjoch``."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from jfjoch import __version__
from jfjoch.cli import client_operation
from jfjoch.cli.broker_client import BrokerClient
from jfjoch.cli.client_exit import ExitCode
from jfjoch.cli.client_preview import preview
from jfjoch.cli.client_settings import NAMES, config
from jfjoch.cli.client_status import status
from jfjoch.cli.client_text import one_line
from jfjoch.cli.client_url import DEFAULT_URL, URL_VARIABLE

Command = Callable[[BrokerClient, argparse.Namespace], None]

_EXIT_CODES = (
    "Exit codes: 0 done; 1 failed, or images lost; 2 command line or input can't be used;"
    " 3 not in this state; 4 time-out; 5 broker not reachable; 130 Ctrl-C."
)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(ExitCode.BAD_INPUT, f"{self.prog}: {one_line(message)}; see {self.prog} --help\n")


if TYPE_CHECKING:
    # The class has no public name, and takes no parameter when the program runs.
    _Commands = argparse._SubParsersAction[_Parser]


def client_parser(default_url: str) -> argparse.ArgumentParser:
    """Return the parser; what it returns has the command to call as ``run``."""
    parser = _Parser(
        prog="jfjoch", description="Control a jfjoch_broker over HTTP.", epilog=_EXIT_CODES
    )
    parser.add_argument("--version", action="version", version=__version__)
    _add_url(parser, default_url)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_status(_command(commands, "status", status, "what the broker does, and the last run"))
    _add_operations(commands)
    _add_config(_command(commands, "config", config, "print settings, or replace them"))
    _add_preview(_command(commands, "preview", preview, "save a picture of the last image"))
    return parser


def _command(commands: "_Commands", name: str, run: Command, text: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text, epilog=_EXIT_CODES)
    _add_url(parser, argparse.SUPPRESS)
    parser.set_defaults(run=run)
    return parser


def _add_url(parser: argparse.ArgumentParser, default: str) -> None:
    text = f"of the broker; default ${URL_VARIABLE}, else {DEFAULT_URL}"
    parser.add_argument("--url", metavar="URL", default=default, help=text)


def _add_status(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print what the broker answers")


def _add_operations(commands: "_Commands") -> None:
    operations = client_operation
    for name, run, text in (
        ("initialize", operations.initialize, "switch the detector on and measure its pedestal"),
        ("pedestal", operations.pedestal, "measure the pedestal"),
    ):
        parser = _command(commands, name, run, text)
        parser.add_argument(
            "--no-wait", dest="wait", action="store_false", help="return when it has begun"
        )
        _add_following(parser)
    start = _command(commands, "start", operations.start, "start a run")
    start.add_argument("file", metavar="FILE.json", help="its settings; - is standard input")
    start.add_argument("--wait", action="store_true", help="follow it to its end")
    wait = _command(commands, "wait", operations.wait, "wait until nothing runs any more")
    for parser in (start, wait):
        _add_following(parser)
        parser.add_argument("--json", action="store_true", help="the run's figures as JSON")
    _command(commands, "trigger", operations.trigger, "release the images of one trigger")
    _command(commands, "cancel", operations.cancel, "end what runs")
    _command(commands, "deactivate", operations.deactivate, "switch the detector off")


def _add_following(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--timeout", metavar="S", type=_seconds, help="longest wait, s; default: no limit"
    )
    parser.add_argument(
        "--cancel-on-interrupt", action="store_true", help="Ctrl-C ends what runs, too"
    )


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", choices=NAMES, help=", ".join(NAMES))
    parser.add_argument(
        "file", metavar="FILE", nargs="?", help="put this; JSON (- is standard input) or TIFF"
    )
    parser.add_argument("--output", metavar="FILE", type=Path, help="save it as a new file")
    parser.add_argument("--id", metavar="N", type=int, help="number of the generator image")


def _add_preview(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("output", metavar="OUT", type=Path, help="file ending in .jpeg or .tiff")
    add("--saturation", metavar="N", type=int, help="count shown darkest; needed with the others")
    add("--no-spots", dest="show_spots", action="store_false", default=None, help="without spots")
    add("--roi", dest="show_roi", action="store_true", default=None, help="outline the regions")
    add("--quality", dest="jpeg_quality", metavar="N", type=int, help="of the JPEG, 0 to 100")
    add("--indexed", dest="show_indexed", action="store_true", default=None, help="last indexed")
    add("--user-mask", dest="show_user_mask", action="store_true", default=None, help="show it")
    add("--resolution-ring", metavar="D", type=float, help="draw a ring at D Angstrom")


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise argparse.ArgumentTypeError(f"expected a whole number of seconds, got {text!r}")
    return int(text)
