"""From the configuration's detector to a working one."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jfjoch.calibration.gains import GainMaps
from jfjoch.detector.base import DetectorControl, FrameSource
from jfjoch.detector.packets.addressing import module_addresses
from jfjoch.detector.processors import ANYWHERE, Processors
from jfjoch.detector.simulated.eiger import SimulatedEiger
from jfjoch.detector.simulated.jungfrau import SimulatedJungfrau
from jfjoch.detector.sls.boards import boards_of, is_simulator
from jfjoch.detector.sls.sls_detector import SlsDetector
from jfjoch.detector.udp.receiver_report import ReceiverAddress, ReceiverReport
from jfjoch.detector.udp.udp_source import UdpSource
from jfjoch.geometry.modules import module_layout
from jfjoch.model.detector import Detector


@dataclass(frozen=True, slots=True)
class DetectorParts:
    """A detector: what commands it, and what brings its frames in."""

    control: DetectorControl
    frames: FrameSource
    receivers: Callable[[], list[ReceiverReport]]
    """What came to each receiver of packets; a detector inside the broker has none."""


def build_detector(
    detector: Detector,
    gain_maps: GainMaps | None,
    receivers: Sequence[ReceiverAddress],
    processors: Processors = ANYWHERE,
) -> DetectorParts:
    """Return the detector: a real one where it has a hostname, else one in software.

    gain_maps: the true gains of a JUNGFRAU in software, those of its gain files.
    receivers: of packets. processors: where their threads run.

    Raises:
        ConfigurationError: a real detector needs what the configuration does not say.
    """
    if detector.simulated:
        inside = simulated_detector(detector, gain_maps)
        return DetectorParts(inside, inside, list)
    return _real_detector(detector, receivers or _receivers_of_simulator(detector), processors)


def _real_detector(
    detector: Detector, receivers: Sequence[ReceiverAddress], processors: Processors
) -> DetectorParts:
    addresses = module_addresses(
        detector.type, detector.module_count, [receiver.ipv4 for receiver in receivers]
    )
    control = SlsDetector(detector, addresses)
    source = UdpSource(receivers, addresses, detector.udp_interface_count, control, processors)
    return DetectorParts(control, source, source.reports)


def _receivers_of_simulator(detector: Detector) -> list[ReceiverAddress]:
    """Return what needs no configuration: a receiver for a detector in this machine."""
    here = is_simulator(boards_of(detector))
    return [ReceiverAddress("udp0", "127.0.0.1")] if here else []


def simulated_detector(
    detector: Detector, gain_maps: GainMaps | None, seed: int | None = None
) -> SimulatedJungfrau | SimulatedEiger:
    """Return a detector in software, whatever ``hostname`` says.

    The serial number is the seed, unless one is given: two detectors differ, and each is the
    same after a restart. The true gains of a JUNGFRAU are ``gain_maps``.
    """
    layout = module_layout(detector, assembled=True)
    if seed is None:
        seed = zlib.crc32(detector.serial_number.encode())
    voltage_V = detector.high_voltage_V  # noqa: N806 (unit)
    if detector.type == "EIGER":
        return SimulatedEiger(layout, seed, high_voltage_V=voltage_V)
    return SimulatedJungfrau(layout, gain_maps, seed, high_voltage_V=voltage_V)
