"""``jfjoch_writer``: pulls the image stream and writes NXmx HDF5 files."""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from jfjoch import __version__
from jfjoch.cli.interrupts import Interrupts
from jfjoch.cli.service_log import set_up_log
from jfjoch.errors import Cancelled, ConfigurationError
from jfjoch.messages.ports import ReportSink
from jfjoch.stream.addresses import reachable_address
from jfjoch.stream.pull import DEFAULT_WATERMARK, ZmqImageSource
from jfjoch.stream.report_push import ZmqReportSink
from jfjoch.writer.options import WriterOptions
from jfjoch.writer.service import WriterService

EXIT_UNUSABLE = 2
DEFAULT_REPUB_WATERMARK = 1000
_NOT_SERVED = {
    "http_port": "-H/--http_port (status over HTTP)",
    "zmq_repub_port": "-r/--zmq_repub_port (republishing)",
    "zmq_file_port": "-f/--zmq_file_port (announcing finished files)",
}

_logger = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write runs until SIGINT or SIGTERM; returns the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.recover is not None:
        parser.error("--recover is not available in this version; nothing was changed")
    if options.address is None:
        parser.error("ADDRESS is missing, such as tcp://broker-host:5400")
    set_up_log("info")
    for name, text in _NOT_SERVED.items():
        if getattr(options, name) is not None:
            _logger.warning("%s is not served by this version and has no effect", text)
    try:
        _serve(options)
    except ConfigurationError as error:
        _logger.error("%s", error)
        return EXIT_UNUSABLE
    return 0


def _serve(options: argparse.Namespace) -> None:
    interrupts = Interrupts()
    interrupts.install()

    def connect_reports(address: str) -> ReportSink:
        return ZmqReportSink(reachable_address(address, options.address))

    rules = WriterOptions(options.follow_links, overwrite=options.overwrite == "always")
    with ZmqImageSource(options.address, options.rcv_watermark) as source:
        service = WriterService(source, options.root_dir, rules, connect_reports)
        _logger.info(
            "jfjoch_writer %s connected to %s, root %s",
            __version__,
            options.address,
            options.root_dir.resolve(),
        )
        _run(service, interrupts)


def _run(service: WriterService, interrupts: Interrupts) -> None:
    try:
        while True:
            service.step()
            interrupts.pause(0)
    except Cancelled:
        _logger.info("stopping")
    finally:
        service.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jfjoch_writer",
        description="Write the images of a jfjoch_broker to NXmx HDF5 files.",
        epilog="Ends with exit code 0 on SIGINT or SIGTERM, after closing its files; "
        f"{EXIT_UNUSABLE}: the command line can't be used.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("address", metavar="ADDRESS", nargs="?", help="image stream of the broker")
    parser.add_argument("--version", action="version", version=__version__)
    _add_file_options(parser)
    _add_network_options(parser)
    return parser


def _add_file_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-R", "--root_dir", type=_directory, default=Path(), help="no file is written outside"
    )
    parser.add_argument(
        "--overwrite",
        choices=("never", "always"),
        default="never",
        help="whether a run may replace existing files",
    )
    parser.add_argument(
        "--follow-links", action="store_true", help="symbolic links may lead out of the root"
    )
    parser.add_argument(
        "--recover",
        type=Path,
        metavar="DIR",
        help="finish what a killed writer left; not available in this version",
    )


def _add_network_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-H", "--http_port", type=_port, metavar="PORT", help="status over HTTP")
    parser.add_argument("--host", default="127.0.0.1", help="HTTP: address to listen on")
    parser.add_argument(
        "-r", "--zmq_repub_port", type=_port, metavar="PORT", help="republish all messages"
    )
    parser.add_argument(
        "-f", "--zmq_file_port", type=_port, metavar="PORT", help="announce finished files"
    )
    parser.add_argument(
        "-w",
        "--rcv_watermark",
        type=_watermark,
        default=DEFAULT_WATERMARK,
        help="messages that may wait here",
    )
    parser.add_argument(
        "-W",
        "--repub_watermark",
        type=_watermark,
        default=DEFAULT_REPUB_WATERMARK,
        help="republished messages that may wait here",
    )


def _directory(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"expected a directory, got {text!r}")
    return path


def _port(text: str) -> int:
    return _integer(text, 1, 65_535)


def _watermark(text: str) -> int:
    return _integer(text, 1, 1_000_000)


def _integer(text: str, low: int, high: int) -> int:
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise argparse.ArgumentTypeError(f"expected a number from {low} to {high}, got {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
