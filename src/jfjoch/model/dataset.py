"""Everything about one run: the body of POST /start."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from jfjoch.model.base import Float, Int64, Settings

Compression = Literal["bslz4", "bszstd", "bszstd_rle", "none"]
_Angle = Annotated[float, Field(ge=0, le=360)]


class DatasetSettingsUnitCell(Settings):
    """Unit cell, Angstrom and degrees."""

    a: Annotated[float, Field(ge=0)]
    b: Annotated[float, Field(ge=0)]
    c: Annotated[float, Field(ge=0)]
    alpha: _Angle
    beta: _Angle
    gamma: _Angle


class RotationAxis(Settings):
    """Goniometer axis, degrees (B052)."""

    name: Annotated[str, Field(min_length=1)] = "omega"
    step: float
    start: float = 0.0
    vector: Annotated[list[float], Field(min_length=3, max_length=3)]


class DatasetSettings(Settings):
    """Settings of one run."""

    nullable_fields: ClassVar[frozenset[str]] = frozenset({"header_appendix", "image_appendix"})

    images_per_trigger: Annotated[Int64, Field(ge=1)] = 1
    ntrigger: Annotated[Int64, Field(ge=1)] = 1
    image_time_us: Annotated[Int64, Field(ge=0)] | None = None
    beam_x_pxl: Float
    beam_y_pxl: Float
    detector_distance_mm: Annotated[Float, Field(ge=0)]
    incident_energy_keV: Annotated[Float, Field(ge=0.001, le=500.0)]  # noqa: N815 (wire name)
    file_prefix: str = ""
    images_per_file: Annotated[Int64, Field(ge=0)] = 1000
    space_group_number: Annotated[Int64, Field(ge=0, le=194)] = 0
    sample_name: str = ""
    compression: Compression = "bslz4"
    total_flux: Float | None = None
    transmission: Annotated[Float, Field(ge=0.0, le=1.0)] | None = None
    goniometer: RotationAxis | None = None
    header_appendix: Any = None
    image_appendix: Any = None
    data_reduction_factor_serialmx: Annotated[Float, Field(ge=0.0, le=1.0)] = 1.0
    pixel_value_low_threshold: Annotated[Int64, Field(ge=0)] | None = None
    run_number: Annotated[Int64, Field(ge=0)] | None = None
    run_name: str | None = None
    experiment_group: str | None = None
    poisson_compression: Annotated[Int64, Field(ge=0, le=16)] | None = None
    write_nxmx_hdf5_master: bool = True
    save_calibration: bool | None = None
    unit_cell: DatasetSettingsUnitCell | None = None
