"""What is set on a JUNGFRAU. One board is one module."""

from collections.abc import Callable, Sequence

from jfjoch.detector.packets.addressing import ModuleAddress
from jfjoch.detector.sls.network import source_ipv4, source_mac
from jfjoch.detector.sls.setting import Setting, SettingValue
from jfjoch.model.detector import Detector
from jfjoch.model.plan import FramePlan, GainStage

_GAIN_MODES: dict[GainStage, str] = {
    "dynamic": "DYNAMIC",
    "forced_g1": "FORCE_SWITCH_G1",
    "forced_g2": "FORCE_SWITCH_G2",
    "fixed_g1": "FIX_G1",
}
"""Never FIX_G0: under the beam it can destroy a chip."""

_SECOND = {0: "", 1: "2"}
"""How slsdet names what belongs to the second interface."""


def connection_settings(
    detector: Detector, addresses: Sequence[ModuleAddress], mac_of: Callable[[str], str]
) -> list[Setting]:
    """Return what is set once, when the detector is initialized.

    The read-out speed follows from the number of interfaces, and not from the frame time, so that
    a pedestal is always measured as its data are: one interface carries no more than half speed.
    """
    interfaces = detector.udp_interface_count
    settings = [
        Setting("numinterfaces", interfaces),
        Setting("readoutspeed", "FULL_SPEED" if interfaces > 1 else "HALF_SPEED"),
        *_synchronization(detector),
    ]
    for address in addresses:
        for interface in range(interfaces):
            settings += _destination(detector, address, interface, mac_of(address.ipv4))
    delays = enumerate(detector.tx_delay)
    return settings + [Setting("txdelay_frame", delay, board) for board, delay in delays]


def run_settings(plan: FramePlan, high_voltage_V: int) -> list[Setting]:  # noqa: N803 (unit)
    """Return what a run needs besides the number of its frames.

    The cells of a frame are read out one after the other, so its period has room for all of them.
    Before a pedestal the voltage is set anew: a simulator takes this for a closed shutter.
    """
    cells = plan.storage_cell_count
    settings = [
        Setting("period", plan.frame_time_s * cells),
        Setting("delay", plan.trigger_delay_s),
        Setting("settings", "HIGHGAIN0" if plan.use_hg0 else "GAIN0"),
        Setting("gainmode", _GAIN_MODES[plan.gain_stage]),
        Setting("extrastoragecells", cells - 1),
        Setting("storagecell_start", plan.first_storage_cell),
    ]
    if cells > 1:
        settings.append(Setting("storagecell_delay", plan.storage_cell_delay_s))
    if plan.dark and plan.gain_stage in ("dynamic", "fixed_g1"):
        settings.append(Setting("highvoltage", high_voltage_V))
    return settings


def _synchronization(detector: Detector) -> list[Setting]:
    """Module 0 leads the others, where the modules are cabled for it."""
    if not detector.module_sync or detector.module_count == 1:
        return [Setting("sync", False)]
    return [Setting("master", True, board=0), Setting("sync", True)]


def _destination(
    detector: Detector, address: ModuleAddress, interface: int, mac: str
) -> list[Setting]:
    number = detector.udp_interface_count * address.module + interface
    source = source_ipv4(detector.base_data_ipv4_address, address.ipv4, number)
    second = _SECOND[interface]
    values: dict[str, SettingValue] = {
        "udp_dstip": address.ipv4,
        "udp_dstmac": mac,
        "udp_srcip": source,
        "udp_srcmac": source_mac(source),
        "udp_dstport": address.first_port + interface,
    }
    return [Setting(name + second, value, address.module) for name, value in values.items()]
