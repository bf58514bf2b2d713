"""What the broker says about the devices that bring frames in (/fpga_status)."""

from jfjoch.model.base import WireModel


class FpgaStatusInner(WireModel):
    """One device (B144). Of software: no link, temperatures and power 0."""

    pci_dev_id: str
    serial_number: str
    fw_version: str
    base_mac_addr: str
    eth_link_count: int
    eth_link_status: int
    power_usage_W: float  # noqa: N815 (wire name)
    fpga_temp_C: float  # noqa: N815 (wire name)
    hbm_temp_C: float  # noqa: N815 (wire name)
    packets_udp: int
    packets_sls: int
    idle: bool
