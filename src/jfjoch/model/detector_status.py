"""What a detector says about itself (/detector/status)."""

from typing import Literal

from typing_extensions import TypeAliasType

from jfjoch.model.base import WireModel

DetectorState = TypeAliasType(
    "DetectorState", Literal["Idle", "Waiting", "Busy", "Error", "Not connected"]
)
DetectorPowerState = TypeAliasType("DetectorPowerState", Literal["PowerOn", "PowerOff", "Partial"])


class DetectorStatus(WireModel):
    """Answer of GET /detector/status; lists have an entry for each module, or none (B145)."""

    state: DetectorState
    powerchip: DetectorPowerState
    server_version: str
    number_of_triggers_left: int
    fpga_temp_degC: list[int]  # noqa: N815 (wire name)
    high_voltage_V: list[int]  # noqa: N815 (wire name)
