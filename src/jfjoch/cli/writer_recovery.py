"""``jfjoch_writer --recover``: tells what was found, file by file."""

from pathlib import Path

from jfjoch.writer.recovery import recover

EXIT_WHOLE = 0
EXIT_MISSING = 1


def recover_files(directory: Path) -> int:
    """Finish what killed writers left below a directory; returns the exit code."""
    count = missing = 0
    for finding in recover(directory):
        count += 1
        missing += not finding.is_whole
        mark = "whole " if finding.is_whole else "MISSING"
        print(f"{mark:7} {str(finding.path)!a}: {finding.text}", flush=True)
    if not count:
        print(f"nothing to recover below {str(directory)!a}")
    return EXIT_MISSING if missing else EXIT_WHOLE
