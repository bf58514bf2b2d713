"""The detectors of the configuration file (never on HTTP)."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from jfjoch.model.base import Settings

DetectorType = Literal["EIGER", "JUNGFRAU"]
DetectorModuleDirection = Literal["Xp", "Xn", "Yp", "Yn"]

LEAST_JUNGFRAU_VOLTAGE_V = 60
"""Below, the sensor is not depleted."""


class StandardDetectorGeometry(Settings):
    """Modules in rows, counted from the bottom left (B192)."""

    nmodules: Annotated[int, Field(ge=1)]
    gap_x: Annotated[int, Field(ge=0)] = 8
    gap_y: Annotated[int, Field(ge=0)] = 36
    modules_in_row: Annotated[int, Field(ge=1)] = 1


class DetectorModule(Settings):
    """Place of one module: its pixel (0, 0) and the directions of its axes."""

    x0: float
    y0: float
    fast_axis: DetectorModuleDirection
    slow_axis: DetectorModuleDirection


class Detector(Settings):
    """One detector; without ``hostname`` it is simulated inside the broker."""

    description: Annotated[str, Field(min_length=1)]
    serial_number: Annotated[str, Field(min_length=1)]
    type: DetectorType = "JUNGFRAU"
    high_voltage_V: Annotated[int, Field(ge=0, le=200)] = 0  # noqa: N815 (wire name)
    udp_interface_count: Annotated[int, Field(ge=1, le=2)] = 1
    module_sync: bool = True
    sensor_thickness_um: Annotated[float, Field(ge=0)] = 320.0
    readout_time_us: Annotated[int, Field(ge=1)] | None = None
    calibration_file: list[str] = Field(default_factory=list)
    hostname: list[str] = Field(default_factory=list)
    sensor_material: str = "Si"
    tx_delay: list[int] = Field(default_factory=list)
    base_data_ipv4_address: str | None = None
    standard_geometry: StandardDetectorGeometry | None = None
    custom_geometry: list[DetectorModule] | None = None
    mirror_y: bool = True

    @model_validator(mode="after")
    def _one_geometry(self) -> Self:
        if (self.standard_geometry is None) == (self.custom_geometry is None):
            raise ValueError("give exactly one of standard_geometry and custom_geometry")
        if self.custom_geometry == []:
            raise ValueError("custom_geometry needs at least one module")
        return self

    @model_validator(mode="after")
    def _voltage_that_depletes(self) -> Self:
        if self.type == "JUNGFRAU" and 0 < self.high_voltage_V < LEAST_JUNGFRAU_VOLTAGE_V:
            raise ValueError(
                f"high_voltage_V of a JUNGFRAU is 0 or {LEAST_JUNGFRAU_VOLTAGE_V} to 200"
            )
        return self

    @property
    def module_count(self) -> int:
        """Number of 512 x 1024 modules."""
        if self.standard_geometry is not None:
            return self.standard_geometry.nmodules
        assert self.custom_geometry is not None
        return len(self.custom_geometry)

    @property
    def simulated(self) -> bool:
        """Whether frames come from inside the broker."""
        return not self.hostname

    @property
    def effective_readout_time_us(self) -> int:
        """Shortest time between two exposures, us (B191)."""
        if self.readout_time_us is not None:
            return self.readout_time_us
        return 20 if self.type == "JUNGFRAU" else 3
