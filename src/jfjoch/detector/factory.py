"""From the configuration's detector to a working one."""

import zlib

from jfjoch.calibration.gains import GainMaps
from jfjoch.detector.simulated.eiger import SimulatedEiger
from jfjoch.detector.simulated.jungfrau import SimulatedJungfrau
from jfjoch.errors import ConfigurationError
from jfjoch.geometry.modules import module_layout
from jfjoch.model.detector import Detector


def build_detector(
    detector: Detector, gain_maps: GainMaps | None
) -> SimulatedJungfrau | SimulatedEiger:
    """Return the detector; the true gains of a JUNGFRAU are ``gain_maps``, those of its gain files.

    The serial number is the seed: two detectors differ, and each is the same after a restart.

    Raises:
        ConfigurationError: a detector this version can't control.
    """
    if not detector.simulated:
        raise ConfigurationError(
            f"detector {detector.description} has a hostname, but real detectors are not "
            "available in this version; leave hostname out to simulate it"
        )
    layout = module_layout(detector, assembled=True)
    seed = zlib.crc32(detector.serial_number.encode())
    voltage_V = detector.high_voltage_V  # noqa: N806 (unit)
    if detector.type == "EIGER":
        return SimulatedEiger(layout, seed, high_voltage_V=voltage_V)
    return SimulatedJungfrau(layout, gain_maps, seed, high_voltage_V=voltage_V)
