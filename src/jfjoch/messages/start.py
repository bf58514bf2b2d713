"""The start of a run."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jfjoch.model.roi import NO_ROI, RoiDefinitions

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class GoniometerAxis:
    """One rotation axis, degrees; image n starts at ``start + n * increment``."""

    name: str
    increment: float
    start: float
    vector: Vector


@dataclass(frozen=True, slots=True)
class UnitCell:
    """Lengths in Angstrom, angles in degrees."""

    a: float
    b: float
    c: float
    alpha: float
    beta: float
    gamma: float


@dataclass(frozen=True, slots=True)
class BeamGeometry:
    """Beam and place of the detector. Pixel coordinates: integer = pixel centre."""

    beam_center_x_pxl: float
    beam_center_y_pxl: float
    detector_distance_m: float
    incident_energy_eV: float  # noqa: N815
    incident_wavelength_angstrom: float
    goniometer: GoniometerAxis | None = None


@dataclass(frozen=True, slots=True)
class DetectorDescription:
    """What the detector is."""

    description: str
    serial_number: str
    pixel_size_m: float
    sensor_thickness_m: float
    sensor_material: str
    bit_depth_readout: int
    gain_file_names: tuple[str, ...] = ()
    storage_cell_count: int = 1
    storage_cell_delay_s: float = 0.0
    threshold_energy_eV: float | None = None  # noqa: N815


@dataclass(frozen=True, slots=True)
class ImageFormat:
    """What an image's array is and means."""

    width: int
    height: int
    dtype: str
    error_value: int
    saturation_value: int
    summation: int
    conversion_applied: bool
    energy_per_count_eV: float | None  # noqa: N815
    assembled: bool
    pixel_mask: NDArray[np.uint32]
    """[height, width], 0 = good."""
    mask_applied: bool
    poisson_factor: int = 0
    low_threshold: int = 0

    @property
    def is_signed(self) -> bool:
        """Whether pixels may be negative."""
        return not self.dtype.startswith("u")


@dataclass(frozen=True, slots=True)
class SampleInfo:
    """What the user says about sample, source and beam."""

    sample_name: str = ""
    space_group_number: int = 0
    unit_cell: UnitCell | None = None
    source_name: str = ""
    source_type: str = ""
    instrument_name: str = ""
    total_flux: float | None = None
    attenuator_transmission: float | None = None
    experiment_group: str = ""
    header_appendix: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class AnalysisPlan:
    """What the numbers of an image's analysis refer to."""

    max_spot_count: int = 0
    """Most spots an image can have."""
    az_int_bin_to_q: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))
    """[bins], 1/Angstrom: centre of each bin of the azimuthal integration."""
    rois: RoiDefinitions = NO_ROI
    """Regions of the image, by name."""


@dataclass(frozen=True, slots=True)
class FilePlan:
    """What a writer is to do with the images of its socket."""

    file_prefix: str
    images_per_file: int
    """0 = all in one."""
    write_master_file: bool
    socket_number: int = 0
    socket_count: int = 1
    writer_notification_address: str = ""


@dataclass(frozen=True, slots=True)
class StartMessage:
    """Everything known before the first image."""

    run_number: int
    run_name: str
    arm_date: datetime
    number_of_images: int
    image_time_s: float
    """From one image to the next."""
    count_time_s: float
    """Exposed time of an image."""
    geometry: BeamGeometry
    detector: DetectorDescription
    image: ImageFormat
    files: FilePlan
    sample: SampleInfo = field(default_factory=SampleInfo)
    analysis: AnalysisPlan = field(default_factory=AnalysisPlan)
    data_reduction_factor_serialmx: float = 1.0
    pulsed: bool = False
    """Each image has the number and the event code of a pulse of the source."""
