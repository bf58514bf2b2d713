"""The detectors a user may choose from (/config/select_detector)."""

from typing import Annotated

from pydantic import Field

from jfjoch.model.base import Int64, Settings, WireModel


class DetectorListElement(WireModel):
    """One configured detector (B132)."""

    id: Annotated[int, Field(ge=0)]
    """Its place in the configuration file."""
    description: str
    serial_number: str
    base_ipv4_addr: str
    udp_interface_count: int
    nmodules: int
    width: int
    """Of the assembled image, pixels."""
    height: int
    readout_time_us: int
    min_frame_time_us: int
    min_count_time_us: int


class DetectorList(WireModel):
    """All configured detectors, and which of them is in use (B132)."""

    detectors: list[DetectorListElement]
    current_id: int


class DetectorSelection(Settings):
    """The detector to use from now on (B133)."""

    id: Int64
