"""What is set on an EIGER. A module has two boards: its top and its bottom half."""

from collections.abc import Callable, Sequence

from jfjoch.detector.packets.addressing import ModuleAddress
from jfjoch.detector.sls.network import source_ipv4
from jfjoch.detector.sls.setting import Setting, SettingValue
from jfjoch.detector.sls.trim_files import TrimFiles
from jfjoch.errors import InvalidInput
from jfjoch.model.detector import Detector
from jfjoch.model.plan import FramePlan

_HALVES = 2


def connection_settings(
    detector: Detector, addresses: Sequence[ModuleAddress], mac_of: Callable[[str], str]
) -> list[Setting]:
    """Return what is set once, when the detector is initialized.

    Images are read out while the next is exposed (parallel): the readout time of 3 us needs it.
    """
    settings = [Setting("tengiga", True), Setting("parallel", True)]
    for address in addresses:
        for half in range(_HALVES):
            settings += _destination(detector, address, half, mac_of(address.ipv4))
    for module, delay in enumerate(detector.tx_delay):
        boards = range(_HALVES * module, _HALVES * (module + 1))
        settings += [Setting("txdelay_frame", delay, board) for board in boards]
    trim = TrimFiles.of(detector)
    return settings + ([] if trim is None else trim.settings())


def run_settings(plan: FramePlan, *, has_trim_files: bool) -> list[Setting]:
    """Return what a run needs besides the number of its frames.

    Without trim files, with a simulator that is, the threshold is set without them.

    Raises:
        InvalidInput: a delay after the trigger is asked for, or the plan is for a JUNGFRAU.
    """
    if plan.counter is None or plan.threshold_energy_keV is None:
        raise InvalidInput("the run is planned for a JUNGFRAU; select the detector again")
    if plan.trigger_delay_s > 0:
        raise InvalidInput(
            "an EIGER can't wait after a trigger; set detector_trigger_delay_ns to 0, not"
            f" {plan.trigger_delay_s * 1e9:.0f}"
        )
    name = "threshold" if has_trim_files else "threshold_without_trim_bits"
    return [
        Setting("dr", plan.counter.bits),
        Setting("period", plan.frame_time_s),
        Setting(name, round(plan.threshold_energy_keV * 1e3)),
    ]


def _destination(detector: Detector, address: ModuleAddress, half: int, mac: str) -> list[Setting]:
    """Left and right quarter of one half; a board knows its own hardware address."""
    board = _HALVES * address.module + half
    port = address.first_port + 2 * half
    values: dict[str, SettingValue] = {
        "udp_dstip": address.ipv4,
        "udp_dstmac": mac,
        "udp_srcip": source_ipv4(detector.base_data_ipv4_address, address.ipv4, board),
        "udp_dstport": port,
        "udp_dstport2": port + 1,
    }
    return [Setting(name, value, board) for name, value in values.items()]
