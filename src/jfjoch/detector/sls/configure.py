"""From configuration and plan to what is set on the detector, in order; pure."""

from collections.abc import Callable, Sequence

from jfjoch.detector.packets.addressing import ModuleAddress
from jfjoch.detector.sls import eiger, jungfrau
from jfjoch.detector.sls.boards import boards_of, is_simulator
from jfjoch.detector.sls.network import source_ipv4
from jfjoch.detector.sls.setting import Setting
from jfjoch.detector.sls.trim_files import TrimFiles
from jfjoch.errors import ConfigurationError
from jfjoch.model.detector import Detector
from jfjoch.model.detector_settings import DetectorTiming
from jfjoch.model.plan import FramePlan

_TIMINGS: dict[DetectorTiming, str] = {
    "auto": "AUTO_TIMING",
    "trigger": "TRIGGER_EXPOSURE",
    "burst": "BURST_TRIGGER",
    "gated": "GATED",
}


def check_configuration(detector: Detector, addresses: Sequence[ModuleAddress]) -> None:
    """Raise ConfigurationError naming what keeps the detector from being controlled."""
    boards = boards_of(detector)
    if len(addresses) != detector.module_count:
        raise ConfigurationError(
            f"{detector.module_count} addresses for packets expected; got {len(addresses)}"
        )
    if detector.tx_delay and len(detector.tx_delay) != detector.module_count:
        raise ConfigurationError(
            f"tx_delay has an entry for each of {detector.module_count} modules, or none;"
            f" got {len(detector.tx_delay)}"
        )
    last_interface = len(boards) * detector.udp_interface_count - 1
    for address in addresses:
        source_ipv4(detector.base_data_ipv4_address, address.ipv4, last_interface)
    trimmed = detector.type != "EIGER" or TrimFiles.of(detector) is not None
    if not trimmed and not is_simulator(boards):
        raise ConfigurationError(
            f"{detector.description}: the threshold of an EIGER can't be set without trim bits;"
            " give their folder as calibration_file"
        )


def connection_settings(
    detector: Detector, addresses: Sequence[ModuleAddress], mac_of: Callable[[str], str]
) -> list[Setting]:
    """Return what is set once, when the detector is initialized.

    mac_of: hardware address of the interface of this machine with an IPv4 address.
    """
    if detector.type == "EIGER":
        return eiger.connection_settings(detector, addresses, mac_of)
    return jungfrau.connection_settings(detector, addresses, mac_of)


def power_settings(detector: Detector, *, on: bool) -> list[Setting]:
    """Return what switches the chips; those of an EIGER have no switch.

    Told to switch on all boards, slsdet spares the power supply: it waits 1 s for each of them.
    Boards of a simulator are told one by one, which takes no time.
    """
    if detector.type == "EIGER":
        return []
    if is_simulator(boards_of(detector)):
        return [Setting("powerchip", on, board) for board in range(detector.module_count)]
    return [Setting("powerchip", on)]


def voltage_settings(detector: Detector, *, on: bool) -> list[Setting]:
    """Return what switches the voltage of the sensors."""
    return [Setting("highvoltage", detector.high_voltage_V if on else 0)]


def run_settings(detector: Detector, plan: FramePlan) -> list[Setting]:
    """Return what is set for one run; frames are numbered from 1.

    Frames of the detector = frames x triggers x storage cells.

    Raises:
        InvalidInput: this detector can't do what is planned.
    """
    timing = plan.trigger_timing if plan.wait_for_trigger else "auto"
    return [
        Setting("timing", _TIMINGS[timing]),
        Setting("frames", plan.frames_per_trigger // plan.storage_cell_count),
        Setting("triggers", plan.frame_count // plan.frames_per_trigger),
        *_of_kind(detector, plan),
        Setting("exptime", plan.count_time_s),
        Setting("nextframenumber", 1),
    ]


def _of_kind(detector: Detector, plan: FramePlan) -> list[Setting]:
    if detector.type == "EIGER":
        return eiger.run_settings(plan, has_trim_files=bool(detector.calibration_file))
    return jungfrau.run_settings(plan, detector.high_voltage_V)
