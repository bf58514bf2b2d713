"""``jfjoch_simulator``: a detector in software, with control over TCP and packets over UDP."""

import logging
import os
import sys
from collections.abc import Sequence

from jfjoch import __version__
from jfjoch.broker.configuration_file import load_configuration
from jfjoch.broker.state_directory import default_state_directory
from jfjoch.cli.interrupts import Interrupts
from jfjoch.cli.kernel_cache import place_kernel_cache
from jfjoch.cli.service_log import set_up_log
from jfjoch.cli.simulator_options import SimulatorOptions, read_options
from jfjoch.errors import Cancelled, ConfigurationError, InvalidInput, OperationFailed
from jfjoch.model.detector import Detector

EXIT_FAILED = 1
EXIT_UNUSABLE = 2
_POLL_TIME_S = 3600.0

_logger = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate until SIGINT or SIGTERM; returns the exit code."""
    options = read_options(arguments)
    set_up_log(options.log_level)
    interrupts = Interrupts()
    interrupts.install()
    try:
        _simulate(options, interrupts)
    except Cancelled:
        return 0
    except InvalidInput as error:
        print(f"jfjoch_simulator: {error}", file=sys.stderr)
        return EXIT_UNUSABLE
    except OperationFailed as error:
        print(f"jfjoch_simulator: {error}", file=sys.stderr)
        return EXIT_FAILED
    return 0


def _simulate(options: SimulatorOptions, interrupts: Interrupts) -> None:
    detector = _chosen(options)
    place_kernel_cache(default_state_directory(os.environ), os.environ)
    # Imported only now: numba reads its cache directory when it is first imported.
    from jfjoch.cli.simulator_composition import running_simulator

    with running_simulator(detector, options, lambda: interrupts.pause(0)) as hostnames:
        _logger.info("jfjoch_simulator %s ready; hostname: %s", __version__, ", ".join(hostnames))
        try:
            while True:
                interrupts.pause(_POLL_TIME_S)
        finally:
            _logger.info("stopping")


def _chosen(options: SimulatorOptions) -> Detector:
    detectors = load_configuration(options.configuration).detector
    if options.detector >= len(detectors):
        raise ConfigurationError(
            f"--detector {options.detector}: {options.configuration} has {len(detectors)} "
            f"detectors; expected a number from 0 to {len(detectors) - 1}"
        )
    detector = detectors[options.detector]
    _check_files(options)
    dead = options.faults.dead_module
    if dead is not None and dead.module >= detector.module_count:
        raise ConfigurationError(
            f"--dead-module {dead.module}: {detector.description} has {detector.module_count} "
            f"modules; expected a number from 0 to {detector.module_count - 1}"
        )
    return detector


def _check_files(options: SimulatorOptions) -> None:
    """Each file is replaced, so that none may be another one."""
    given = [file for file in (options.configuration, options.truth, options.report) if file]
    if len({file.resolve() for file in given}) < len(given):
        raise ConfigurationError(
            "CONFIG.json, --truth and --report must be different files; got "
            + ", ".join(map(str, given))
        )


if __name__ == "__main__":
    sys.exit(main())
