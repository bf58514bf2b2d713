"""The simulator, put together from its parts."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from jfjoch.calibration.gain_file import load_gain_maps
from jfjoch.calibration.gains import GainMaps
from jfjoch.cli.simulator_options import SimulatorOptions
from jfjoch.detector.factory import simulated_detector
from jfjoch.detector.pulse_train import PulseTrain
from jfjoch.errors import OperationFailed
from jfjoch.kernels import packet_sending, simulation
from jfjoch.model.detector import Detector
from jfjoch.simulator.control.control_server import ControlServer
from jfjoch.simulator.emitter import PacketEmitter
from jfjoch.simulator.record import AcquisitionListener
from jfjoch.simulator.report import ReportFile
from jfjoch.simulator.sending import SenderSetup, render_usual_frames
from jfjoch.simulator.truth_file import TruthFile

_logger = logging.getLogger(__name__)


@contextmanager
def running_simulator(
    detector: Detector, options: SimulatorOptions, checkpoint: Callable[[], None]
) -> Iterator[list[str]]:
    """Have a simulated detector as long as the block lasts; yields what ``hostname`` is to be.

    ``checkpoint`` is called now and then before that, to end it by raising.
    Raises ConfigurationError for gain files, OperationFailed for a port or file that can't be had.
    """
    setup = _setup(detector, options)
    listeners = _listeners(setup, options)
    _prepare_kernels(checkpoint)
    _logger.info("rendering frames")
    render_usual_frames(setup, checkpoint)
    emitter = PacketEmitter(setup, listeners)
    server = ControlServer(detector, emitter, options.control_port)
    server.start()
    try:
        yield server.hostnames
    finally:
        server.stop()
        emitter.stop()


def _setup(detector: Detector, options: SimulatorOptions) -> SenderSetup:
    simulated = simulated_detector(detector, _gain_maps(detector), options.seed)
    return SenderSetup(
        detector=detector,
        simulated=simulated,
        pulses=PulseTrain(),
        photon_energy_keV=options.energy_keV,
        rate_hz=options.rate_hz,
        faults=options.faults,
        seed=simulated.seed,
    )


def _gain_maps(detector: Detector) -> GainMaps | None:
    """An EIGER has trim bits in place of gains, which are not simulated."""
    if detector.type == "EIGER" or not detector.calibration_file:
        return None
    return load_gain_maps([Path(name) for name in detector.calibration_file], detector.module_count)


def _listeners(setup: SenderSetup, options: SimulatorOptions) -> list[AcquisitionListener]:
    """A file that can't be written is noticed here, not after the first acquisition."""
    listeners: list[AcquisitionListener] = []
    try:
        if options.truth is not None:
            listeners.append(TruthFile(options.truth))
        if options.report is not None:
            report = ReportFile(options.report, setup.detector, setup.faults, setup.seed)
            report.write()
            listeners.append(report)
    except OSError as error:
        raise OperationFailed(f"a file can't be written: {error}") from error
    return listeners


def _prepare_kernels(checkpoint: Callable[[], None]) -> None:
    for module in (simulation, packet_sending):
        checkpoint()
        _logger.info("preparing kernels: %s", module.__name__.rpartition(".")[2])
        module.warm_up()
