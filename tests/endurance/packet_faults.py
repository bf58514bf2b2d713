"""Packets over the wire with every kind of fault, and every pixel of every image compared.

``python -m tests.endurance.packet_faults --packets 1000000`` (some minutes); ends with an error if
anything is missing but what was injected, or the other way round.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import h5py

from tests.helpers.simulated_wire import (
    Receiving,
    Simulator,
    WireRun,
    WireSetup,
    running_receiving_side,
    running_simulator,
)
from tests.helpers.wire_images import (
    assert_jungfrau_images,
    assert_packets_told,
    write_gain_files,
)

PACKETS_PER_FRAME = 256
SPOILT = "--corrupt 0.02 --wrong-version 0.02"
FAULTS = (
    "--loss 0.0001",
    "--loss 0.001",
    "--loss 0.01",
    "--loss 0.05",
    "--duplicate 0.05 --reorder 64",
    SPOILT,
    f"--loss 0.05 --duplicate 0.05 --reorder 64 {SPOILT}",
)


class Counts(NamedTuple):
    """Packets of a run: what the simulator says, and what the files and the broker say."""

    due: int
    sent: int
    missing: int
    missing_in_files: int
    taken: int

    @property
    def agree(self) -> bool:
        """Whether lost = injected."""
        return self.missing == self.missing_in_files == self.due - self.taken


def counts_of(run: WireRun, receiving: Receiving) -> Counts:
    """Collect them after a run."""
    report = run.sent.report
    with h5py.File(run.master) as file:
        entry = file["/entry/image"]
        missing = int((entry["packets_expected"][:] - entry["packets_received"][:]).sum())
    devices = receiving.client.get("/fpga_status").json()
    taken = sum(device["packets_sls"] for device in devices)
    injected = report["injected"]["missing"]
    return Counts(report["packets_due"], report["packets_sent"], injected, missing, taken)


def run_with_faults(
    receiving: Receiving, simulator: Simulator, frames: int, gain_files: list[str], name: str
) -> Counts:
    """Carry out a run and compare it, pixel by pixel; AssertionError if anything is wrong."""
    receiving.client.initialize()
    run = receiving.measure(simulator, name, frames)
    counts = counts_of(run, receiving)
    assert counts.agree, counts
    assert_jungfrau_images(run, receiving.state, gain_files)
    assert_packets_told(run)
    return counts


def main() -> int:
    """Run from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.endurance.packet_faults")
    parser.add_argument("--packets", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    frames = -(-options.packets // (len(FAULTS) * PACKETS_PER_FRAME))
    due = missing = 0
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        gain_files = write_gain_files(directory / "gains")
        setup = WireSetup(detector={"calibration_file": gain_files})
        with running_receiving_side(setup, directory) as receiving:
            for number, faults in enumerate(FAULTS):
                arguments = [*faults.split(), "--seed", str(options.seed + number)]
                folder = directory / f"simulator_{number}"
                with running_simulator(setup, folder, arguments) as simulator:
                    counts = run_with_faults(
                        receiving, simulator, frames, gain_files, f"run_{number}"
                    )
                print(f"{faults}: {counts}", flush=True)  # noqa: T201  (the output of the command)
                due += counts.due
                missing += counts.missing
    print(  # noqa: T201  (the output of the command)
        f"{due} packets, {missing} lost or spoilt on purpose, {missing} missing in the files; "
        f"every pixel of {frames * len(FAULTS)} images is right"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
