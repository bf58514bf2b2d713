"""What brings frames in, told in the words for FPGA boards (B144)."""

from jfjoch import __version__
from jfjoch.detector.network import interface_of
from jfjoch.detector.udp.receiver_report import ReceiverReport
from jfjoch.model.fpga_status import FpgaStatusInner
from jfjoch.model.status import BrokerState

_AT_WORK: tuple[BrokerState, ...] = ("Busy", "Measuring", "Pedestal")


def device_inside(
    from_generator: bool, packets_received: int, state: BrokerState
) -> FpgaStatusInner:
    """Return the source of frames that is part of the broker; it has no link and no sensors.

    ``packets_received``: what the frames of the present or last run would have come in.
    """
    return FpgaStatusInner(
        pci_dev_id="internal generator" if from_generator else "simulated detector",
        serial_number="",
        fw_version=__version__,
        base_mac_addr="",
        eth_link_count=0,
        eth_link_status=0,
        power_usage_W=0.0,
        fpga_temp_C=0.0,
        hbm_temp_C=0.0,
        packets_udp=packets_received,
        packets_sls=packets_received,
        idle=state not in _AT_WORK,
    )


def packet_receiver(report: ReceiverReport, state: BrokerState) -> FpgaStatusInner:
    """Return a receiver of packets; its sensors are those of the network card, and not read.

    Of the packets of the present or last run, ``packets_sls`` are those whose pixels were taken.
    """
    interface = interface_of(report.address.ipv4)
    return FpgaStatusInner(
        pci_dev_id=report.address.name,
        serial_number=report.address.ipv4,
        fw_version=__version__,
        base_mac_addr="" if interface is None else interface.mac,
        eth_link_count=1,
        eth_link_status=int(interface is not None and interface.is_up),
        power_usage_W=0.0,
        fpga_temp_C=0.0,
        hbm_temp_C=0.0,
        packets_udp=report.counts.total,
        packets_sls=report.counts.accepted,
        idle=state not in _AT_WORK,
    )
