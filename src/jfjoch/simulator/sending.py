"""An acquisition, made ready to be sent."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.packets.layout import PacketLayout, packet_layout
from jfjoch.detector.pulse_train import PulseTrain
from jfjoch.detector.simulated.random_stream import random_stream
from jfjoch.detector.simulated.simulated_detector import SimulatedDetector
from jfjoch.errors import DetectorError
from jfjoch.model.detector import Detector
from jfjoch.simulator.acquisition import Acquisition, Destination
from jfjoch.simulator.departures import Departures
from jfjoch.simulator.fates import FateDraw
from jfjoch.simulator.faults import NO_FAULTS, Faults
from jfjoch.simulator.frame_supply import DarkFrames, LightFrames, frame_plan, frame_supply
from jfjoch.simulator.injected import InjectedFaults
from jfjoch.simulator.packet_order import sending_order
from jfjoch.simulator.packet_socket import PacketSocket, most_packets_per_message
from jfjoch.simulator.packet_stream import FaultlessStream, FaultyStream, PacketStream
from jfjoch.simulator.packets import packet_table
from jfjoch.simulator.record import AcquisitionRecord
from jfjoch.simulator.reordering import Reordering
from jfjoch.simulator.stamps import FrameStamps
from jfjoch.simulator.transmission import TransmissionParts

_USUAL_FRAMES = 16
"""All that are kept."""


@dataclass(frozen=True, slots=True)
class SenderSetup:
    """What is the same for every acquisition."""

    detector: Detector
    simulated: SimulatedDetector
    """The same detector, in software."""
    pulses: PulseTrain
    photon_energy_keV: float  # noqa: N815 (unit)
    rate_hz: float | None = None
    """In place of the period of acquisitions."""
    faults: Faults = NO_FAULTS
    seed: int = 0
    """Of the faults."""

    def period_s(self, acquisition: Acquisition) -> float:
        """Time from one frame to the next; never shorter than the exposure, but for ``rate_hz``."""
        if self.rate_hz is not None:
            return 1 / self.rate_hz
        return max(acquisition.period_s, acquisition.exposure_s)

    def faults_of(self, acquisition: Acquisition, dark: bool) -> Faults:
        """Return what goes wrong in an acquisition."""
        return self.faults if self.faults.in_dark or not dark else NO_FAULTS


@dataclass(frozen=True, slots=True, eq=False)
class PreparedAcquisition:
    """Ready to be sent."""

    record: AcquisitionRecord
    frames: LightFrames | DarkFrames
    stream: PacketStream
    stamps: FrameStamps
    socket: PacketSocket

    def parts(self, departures: Departures) -> TransmissionParts:
        """Return what it is sent with."""
        delays_s = _delays_s(self.record.acquisition)[self.record.table.modules]
        return TransmissionParts(
            departures, self.frames, self.stamps, self.stream, self.socket, delays_s
        )


def prepare(setup: SenderSetup, acquisition: Acquisition, number: int) -> PreparedAcquisition:
    """Get an acquisition ready; may take seconds, to render its frames.

    Raises:
        DetectorError: it is made for another detector.
    """
    _check(setup.detector, acquisition)
    plan = frame_plan(acquisition, setup.detector.type, setup.photon_energy_keV)
    layout = packet_layout(plan.counter, len(acquisition.destinations[0]))
    table = packet_table(layout, acquisition)
    faults = setup.faults_of(acquisition, plan.dark)
    frames = frame_supply(setup.simulated, plan, kept=_frames_under_way(faults, layout))
    pool = frames.pool if isinstance(frames, LightFrames) else None
    injected = InjectedFaults(table)
    record = AcquisitionRecord(number, acquisition, plan, table, injected, pool)
    at_once = most_packets_per_message(table)
    order = sending_order(table, _delays_s(acquisition), at_once)
    return PreparedAcquisition(
        record,
        frames,
        _faulty_stream(faults, order, record, setup.seed)
        if faults.any
        else FaultlessStream(table, order),
        FrameStamps(plan, acquisition.first_frame_number, setup.pulses),
        PacketSocket(table, at_once),
    )


def render_usual_frames(setup: SenderSetup, checkpoint: Callable[[], None]) -> None:
    """Render the frames most acquisitions show, so that these begin at once.

    ``checkpoint`` is called before each, to end it by raising.
    """
    ports = 4 if setup.detector.type == "EIGER" else 1
    nowhere = ((Destination("127.0.0.1", 1),) * ports,) * setup.detector.module_count
    for count in range(1, _USUAL_FRAMES + 1):
        checkpoint()
        usual = Acquisition(
            nowhere, count, count, wait_for_trigger=False, period_s=1.0, exposure_s=0.0
        )
        plan = frame_plan(usual, setup.detector.type, setup.photon_energy_keV)
        setup.simulated.light_frames(plan)


def _faulty_stream(
    faults: Faults, order: NDArray[np.int64], record: AcquisitionRecord, seed: int
) -> PacketStream:
    table, number = record.table, record.number
    fates = FateDraw(faults, table, seed, number)
    rng = random_stream(seed, "packets: order", number)
    reordering = Reordering(table, faults.reorder, rng)
    return FaultyStream(table, order, fates, reordering, record.injected)


def _frames_under_way(faults: Faults, layout: PacketLayout) -> int:
    """Frames before the present one of which packets may not have left yet."""
    return -(-(faults.reorder + 1) // layout.packets_per_port) if faults.reorder else 0


def _delays_s(acquisition: Acquisition) -> NDArray[np.float64]:
    module_count = len(acquisition.destinations)
    return np.array(acquisition.transmission_delay_s or [0.0] * module_count, np.float64)


def _check(detector: Detector, acquisition: Acquisition) -> None:
    modules = len(acquisition.destinations)
    if modules != detector.module_count:
        raise DetectorError(
            f"{detector.description} has {detector.module_count} modules, but destinations are "
            f"given for {modules}"
        )
    allowed = (4,) if detector.type == "EIGER" else (1, 2)
    ports = {len(module) for module in acquisition.destinations}
    if len(ports) != 1 or not ports <= set(allowed):
        raise DetectorError(
            f"each module of this {detector.type} sends to {' or '.join(map(str, allowed))} ports, "
            f"the same number for all; got {sorted(ports)}"
        )
    if acquisition.frame_count < 1 or acquisition.frames_per_trigger < 1:
        raise DetectorError(
            f"expected at least one frame, got {acquisition.frame_count} in all and "
            f"{acquisition.frames_per_trigger} per trigger"
        )
