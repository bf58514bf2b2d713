"""``jfjoch_writer``: pulls the image stream and writes NXmx HDF5 files."""

import argparse
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from jfjoch import __version__
from jfjoch.cli.interrupts import Interrupts
from jfjoch.cli.service_log import set_up_log
from jfjoch.cli.service_manager import ServiceManager
from jfjoch.cli.watchdog import Watchdog
from jfjoch.cli.writer_recovery import recover_files
from jfjoch.errors import Cancelled, ConfigurationError, OperationFailed
from jfjoch.stream.addresses import tcp_address
from jfjoch.stream.publish_json import ZmqJsonPublisher
from jfjoch.stream.pull import DEFAULT_WATERMARK, ZmqImageSource
from jfjoch.stream.report_push import ZmqReportSink
from jfjoch.stream.republish import DEFAULT_WATERMARK as DEFAULT_REPUB_WATERMARK
from jfjoch.stream.republish import ZmqRepublisher
from jfjoch.writer.monitor import WriterMonitor
from jfjoch.writer.options import WriterOptions
from jfjoch.writer.service import WriterService

EXIT_FAILED = 1
EXIT_UNUSABLE = 2

_logger = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write runs until SIGINT or SIGTERM; returns the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.recover is not None:
        return recover_files(options.recover)
    if options.address is None:
        parser.error("ADDRESS is missing, such as tcp://broker-host:5400")
    set_up_log("info")
    try:
        _serve(options)
    except ConfigurationError as error:
        _logger.error("%s", error)
        return EXIT_UNUSABLE
    except OperationFailed as error:
        _logger.error("%s", error)
        return EXIT_FAILED
    return 0


def _serve(options: argparse.Namespace) -> None:
    interrupts = Interrupts()
    interrupts.install()
    manager = ServiceManager(os.environ)

    rules = WriterOptions(options.follow_links, options.overwrite == "always", options.address)
    with ExitStack() as stack:
        republisher = _republisher(options, stack)
        source = stack.enter_context(
            ZmqImageSource(options.address, options.rcv_watermark, republisher)
        )
        announcer = _announcer(options, stack)
        service = WriterService(source, options.root_dir, rules, ZmqReportSink, announcer=announcer)
        service.is_stopping = lambda: interrupts.asked
        stack.enter_context(_served(options, service.monitor, republisher))
        stack.enter_context(Watchdog(service.monitor, manager))
        _logger.info(
            "jfjoch_writer %s connected to %s, root %s",
            __version__,
            options.address,
            options.root_dir.resolve(),
        )
        manager.ready(f"connected to {options.address}")
        _run(service, interrupts, manager)


def _republisher(options: argparse.Namespace, stack: ExitStack) -> ZmqRepublisher | None:
    if options.zmq_repub_port is None:
        return None
    address = tcp_address(options.host, options.zmq_repub_port)
    return stack.enter_context(ZmqRepublisher(address, options.repub_watermark))


def _announcer(options: argparse.Namespace, stack: ExitStack) -> ZmqJsonPublisher | None:
    if options.zmq_file_port is None:
        return None
    address = tcp_address(options.host, options.zmq_file_port)
    return stack.enter_context(ZmqJsonPublisher("finished files", address))


@contextmanager
def _served(
    options: argparse.Namespace, monitor: WriterMonitor, republisher: ZmqRepublisher | None
) -> Iterator[None]:
    """Serve HTTP in a thread of its own, if a port is given."""
    if options.http_port is None:
        yield
        return
    # Imported only now: without HTTP the writer starts in half the time.
    from jfjoch.http.server import HttpServer
    from jfjoch.writer.http.application import create_app

    with HttpServer(options.host, options.http_port) as server:
        dropped = (lambda: republisher.dropped) if republisher else (lambda: 0)
        server.start(create_app(monitor, {options.host}, dropped))
        _logger.info("status at %s/status", server.url)
        yield


def _run(service: WriterService, interrupts: Interrupts, manager: ServiceManager) -> None:
    try:
        while True:
            service.step()
            interrupts.pause(0)
    except Cancelled:
        _logger.info("stopping")
        manager.stopping()
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
        type=_directory,
        metavar="DIR",
        help="finish the files that killed writers left below DIR, and end: exit code 0 if no "
        "image is missing, 1 if any is; their brokers are told",
    )


def _add_network_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-H", "--http_port", type=_port, metavar="PORT", help="status over HTTP")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on: HTTP, -r, -f")
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
