"""``jfjoch_broker``: control server, receiver and image stream in one process."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from jfjoch import __version__
from jfjoch.broker.configuration_file import load_configuration
from jfjoch.broker.http.application import create_app
from jfjoch.broker.state_directory import default_state_directory, open_state_directory
from jfjoch.cli.interrupts import Interrupts
from jfjoch.cli.kernel_cache import place_kernel_cache
from jfjoch.cli.run_in_log import RunInLog
from jfjoch.cli.service_log import set_up_log
from jfjoch.errors import Cancelled, InvalidInput, OperationFailed
from jfjoch.http.server import HttpServer

DEFAULT_PORT = 5232
EXIT_FAILED = 1
EXIT_UNUSABLE = 2
_LOG_LEVELS = ("debug", "info", "warning", "error")
_POLL_TIME_S = 1.0

_logger = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit code."""
    options = _parser().parse_args(arguments)
    log = set_up_log(options.log_level)
    # What is wrong with an uploaded image is told to the one who uploaded it.
    logging.getLogger("tifffile").setLevel(logging.CRITICAL)
    interrupts = Interrupts()
    interrupts.install()
    try:
        _serve(options, interrupts, log)
    except Cancelled:
        return 0
    except InvalidInput as error:
        print(f"jfjoch_broker: {error}", file=sys.stderr)
        return EXIT_UNUSABLE
    except OperationFailed as error:
        print(f"jfjoch_broker: {error}", file=sys.stderr)
        return EXIT_FAILED
    return 0


def _serve(options: argparse.Namespace, interrupts: Interrupts, log: logging.Handler) -> None:
    configuration = load_configuration(options.configuration)
    state = open_state_directory(options.state_dir or default_state_directory(os.environ))
    with HttpServer(options.host, options.port) as server:
        place_kernel_cache(state, os.environ)
        # Imported only now: numba reads its cache directory when it is first imported.
        from jfjoch.cli.broker_composition import build_broker
        from jfjoch.kernels.warm_up import warm_up

        with closing(build_broker(configuration, state, options.calibration)) as broker:
            log.addFilter(RunInLog(lambda: broker.run_number))
            warm_up(_KernelProgress(interrupts))
            server.start(create_app(broker, {options.host}))
            _logger.info("jfjoch_broker %s listening on %s", __version__, server.url)
            _run_until_stopped(server, interrupts)


def _run_until_stopped(server: HttpServer, interrupts: Interrupts) -> None:
    """Raises Cancelled when asked to stop; OperationFailed when the server has ended by itself."""
    try:
        while server.running:
            interrupts.pause(_POLL_TIME_S)
    except Cancelled:
        _logger.info("stopping")
        raise
    raise OperationFailed("the HTTP server has ended unexpectedly; see the log")


class _KernelProgress:
    """Says what is being compiled or loaded; the place where a start can be interrupted."""

    def __init__(self, interrupts: Interrupts) -> None:
        self._interrupts = interrupts

    def __call__(self, name: str, done: int, total: int) -> None:
        self._interrupts.pause(0)
        if done < total:
            _logger.info("preparing kernels %d/%d: %s", done + 1, total, name)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jfjoch_broker",
        description="Acquire images of an X-ray detector and stream them, controlled over HTTP.",
        epilog="Ends on SIGINT or SIGTERM with exit code 0, after cancelling what runs; "
        f"{EXIT_FAILED}: it can't listen, or ended by itself; "
        f"{EXIT_UNUSABLE}: command line or configuration can't be used.",
    )
    parser.add_argument("configuration", metavar="CONFIG.json", type=Path)
    parser.add_argument(
        "port",
        metavar="PORT",
        nargs="?",
        type=_port,
        default=DEFAULT_PORT,
        help=f"to listen on; default {DEFAULT_PORT}, 0 = any free one",
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument(
        "--host", default="127.0.0.1", help="address or name to listen on; default 127.0.0.1"
    )
    parser.add_argument(
        "--calibration", metavar="FILE.h5", type=Path, help="pedestals of the first detector"
    )
    parser.add_argument(
        "--state-dir",
        metavar="DIR",
        type=Path,
        help="kept over restarts; default $XDG_STATE_HOME/jfjoch or ~/.local/state/jfjoch",
    )
    parser.add_argument(
        "--log-level", type=str.lower, choices=_LOG_LEVELS, default="info", help="default info"
    )
    return parser


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= 65_535):
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 65535, got {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
