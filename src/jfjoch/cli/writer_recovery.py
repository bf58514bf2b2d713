"""``jfjoch_writer --recover``: tells what was found, file by file."""

import sys
from pathlib import Path

from jfjoch.errors import ConfigurationError
from jfjoch.messages.writer_report import WriterReport
from jfjoch.stream.report_delivery import deliver_report
from jfjoch.writer.recovery import recover

EXIT_WHOLE = 0
EXIT_MISSING = 1


class _Brokers:
    """Told how many images of their runs there are; one that is gone is not looked for twice."""

    def __init__(self) -> None:
        self._gone: set[str] = set()

    def tell(self, address: str, report: WriterReport) -> None:
        """Deliver a report, if the broker is there."""
        if address in self._gone:
            return
        try:
            is_told = deliver_report(address, report)
        except ConfigurationError as error:
            print(error, file=sys.stderr, flush=True)
            return
        images = f"run {report.run_number}: {report.images_on_disk} images"
        if is_told:
            print(f"the broker at {address} is told of {images}", flush=True)
        else:
            self._gone.add(address)
            print(f"no broker at {address} to be told of {images}", flush=True)


def recover_files(directory: Path) -> int:
    """Finish what killed writers left below a directory; returns the exit code."""
    count = missing = 0
    for finding in recover(directory, _Brokers().tell):
        count += 1
        missing += not finding.is_whole
        mark = "whole " if finding.is_whole else "MISSING"
        text = finding.text.encode("ascii", "backslashreplace").decode("ascii")
        print(f"{mark:7} {str(finding.path)!a}: {text}", flush=True)
    if not count:
        print(f"nothing to recover below {str(directory)!a}")
    return EXIT_MISSING if missing else EXIT_WHOLE
