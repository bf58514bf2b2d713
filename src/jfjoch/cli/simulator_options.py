"""The command line of ``jfjoch_simulator``."""

import argparse
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from jfjoch import __version__
from jfjoch.detector.sls.boards import CONTROL_PORT
from jfjoch.simulator.faults import BurstLoss, DeadModule, Faults

DEFAULT_ENERGY_KEV = 12.4
_LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class SimulatorOptions:
    """What was asked for."""

    configuration: Path
    detector: int
    control_port: int
    rate_hz: float | None
    energy_keV: float  # noqa: N815 (unit)
    seed: int | None
    faults: Faults
    truth: Path | None
    report: Path | None
    log_level: str


def read_options(arguments: Sequence[str] | None = None) -> SimulatorOptions:
    """Read the command line; ends the program when it can't be used."""
    given = _parser().parse_args(arguments)
    return SimulatorOptions(
        configuration=given.configuration,
        detector=given.detector,
        control_port=given.control_port,
        rate_hz=given.rate,
        energy_keV=given.energy,
        seed=given.seed,
        faults=Faults(
            loss=given.loss,
            burst_loss=given.burst_loss,
            duplicate=given.duplicate,
            reorder=given.reorder,
            corrupt=given.corrupt,
            wrong_version=given.wrong_version,
            dead_module=given.dead_module,
            in_dark=given.faults_in == "all",
        ),
        truth=given.truth,
        report=given.report,
        log_level=given.log_level,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jfjoch_simulator",
        description="Simulate a JUNGFRAU or EIGER that is controlled over TCP, with the protocol "
        "of real detectors, and sends its frames as UDP packets.",
        epilog="Ends on SIGINT or SIGTERM with exit code 0; 1: a port or file can't be had; "
        "2: command line or configuration can't be used.",
    )
    parser.add_argument("configuration", metavar="CONFIG.json", type=Path)
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument(
        "--log-level", type=str.lower, choices=_LOG_LEVELS, default="info", help="default info"
    )
    _add_detector_options(parser)
    _add_fault_options(parser.add_argument_group("faults, by packet; P from 0 to 1"))
    return parser


def _add_detector_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--detector", metavar="N", type=_whole(0), default=0, help="place in the list; default 0")
    add(
        "--control-port",
        metavar="PORT",
        type=_whole(1, 65_534),
        default=CONTROL_PORT,
        help=f"of the first board, others follow in steps of 2; default {CONTROL_PORT}",
    )
    add("--rate", metavar="HZ", type=_positive, help="frames per second, whatever period is set")
    add(
        "--energy",
        metavar="KEV",
        type=_energy,
        default=DEFAULT_ENERGY_KEV,
        help=f"of the photons; default {DEFAULT_ENERGY_KEV}",
    )
    add("--seed", metavar="N", type=_whole(0), help="default: from the serial number")
    add("--truth", metavar="FILE.h5", type=Path, help="gets what frames with light show")
    add("--report", metavar="FILE.json", type=Path, help="gets what was sent and injected")


def _add_fault_options(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    for name, help_text in (
        ("loss", "is not sent"),
        ("duplicate", "is sent twice"),
        ("corrupt", "is cut short, of another detector type, or has an impossible number"),
        ("wrong-version", "has another version of the header"),
    ):
        add(f"--{name}", metavar="P", type=_probability, default=0.0, help=help_text)
    add("--burst-loss", metavar="P,LEN", type=_burst_loss, help="LEN of a port in a row are lost")
    add(
        "--reorder",
        metavar="N",
        type=_whole(0, 4096),
        default=0,
        help="each leaves up to N places earlier or later among those of its port",
    )
    add(
        "--dead-module",
        metavar="M,FRAME",
        type=_dead_module,
        help="module M sends nothing from frame FRAME of every acquisition on; both from 0",
    )
    add(
        "--faults-in",
        choices=("light", "all"),
        default="light",
        help="acquisitions with faults; default light: none without light, so that a pedestal "
        "is measured from whole frames",
    )


def _whole(least: int, most: int | None = None) -> Callable[[str], int]:
    wanted = f"a whole number from {least} on" if most is None else f"{least} to {most}"

    def parse(text: str) -> int:
        digits = text.isascii() and text.isdecimal()
        if not digits or int(text) < least or (most is not None and int(text) > most):
            raise argparse.ArgumentTypeError(f"expected {wanted}, got {text!r}")
        return int(text)

    return parse


def _number(text: str, wanted: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected {wanted}, got {text!r}") from None


def _positive(text: str) -> float:
    value = _number(text, "a number above 0")
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return value


def _energy(text: str) -> float:
    """Return what a run can have as incident_energy_keV."""
    wanted = "a number from 0.001 to 500"
    value = _number(text, wanted)
    if not 0.001 <= value <= 500:
        raise argparse.ArgumentTypeError(f"expected {wanted}, got {text!r}")
    return value


def _probability(text: str) -> float:
    value = _number(text, "a number from 0 to 1")
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, got {text!r}")
    return value


def _burst_loss(text: str) -> BurstLoss:
    probability, length = _two(text, "P,LEN such as 0.001,20")
    return BurstLoss(_probability(probability), _whole(1)(length))


def _dead_module(text: str) -> DeadModule:
    module, frame = _two(text, "M,FRAME such as 1,500")
    return DeadModule(_whole(0)(module), _whole(0)(frame))


def _two(text: str, wanted: str) -> tuple[str, str]:
    first, comma, second = text.partition(",")
    if not comma:
        raise argparse.ArgumentTypeError(f"expected {wanted}, got {text!r}")
    return first.strip(), second.strip()
