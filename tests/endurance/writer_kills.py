"""``kill -9`` of the writer at random moments, many times."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.helpers.killed_writer import LARGEST_LOSS, kill_writer


def main() -> int:
    """Kill writers and print what was lost; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0, help="of the first kill")
    options = parser.parse_args()
    received = on_disk = worst = failures = 0
    for seed in range(options.seed, options.seed + options.kills):
        with tempfile.TemporaryDirectory() as directory:
            kill = kill_writer(Path(directory), seed)
        missing = kill.images_received - kill.images_on_disk
        received += kill.images_received
        on_disk += kill.images_on_disk
        worst = max(worst, missing)
        if missing > LARGEST_LOSS or kill.images_on_disk < kill.images_reported:
            failures += 1
            print(f"seed {seed}: {kill}", flush=True)  # noqa: T201  (the output of the command)
    print(  # noqa: T201  (the output of the command)
        f"{options.kills} kills: {on_disk} of {received} images received are on disk, "
        f"at most {worst} missing after one; {failures} kills lost more than promised"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
