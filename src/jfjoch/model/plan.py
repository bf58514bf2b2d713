"""The plan of one acquisition: SI units, nothing left to decide.

Made once by ``receiver.planning``; each stage gets its own part, never the whole.
"""

from dataclasses import dataclass
from typing import Literal

from jfjoch.model.dataset import Compression
from jfjoch.model.detector_settings import DetectorTiming
from jfjoch.model.eiger_counter import EigerCounter

GainStage = Literal["dynamic", "forced_g1", "forced_g2", "fixed_g1"]
FrameOrigin = Literal["internal_generator", "detector"]


LONGEST_RUN_IMAGES = 100_000_000
"""A writer keeps the numbers of images in memory, 8 bytes each."""
LONGEST_RUN_S = 1e9


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """Which run this is: ``number`` is the series id, ``name`` the unique series id."""

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class CrystalRotation:
    """How a goniometer turns: frame f begins f increments after the start and lasts one."""

    start_deg: float
    increment_deg: float
    """Per frame."""
    axis: tuple[float, float, float]
    """Of any length but 0, in the frame of NXmx (McStas): z along the beam, y up."""


@dataclass(frozen=True, slots=True)
class FramePlan:
    """What the detector is asked for."""

    origin: FrameOrigin
    module_count: int
    frame_count: int
    """Frames of the run, over all triggers."""
    frames_per_trigger: int
    """Frames released by one trigger; equal to ``frame_count`` when no trigger is awaited."""
    wait_for_trigger: bool
    frame_time_s: float
    count_time_s: float
    paced: bool
    """Inside sources: whether frames come at ``frame_time_s`` or as fast as they are taken."""
    stored_frame_count: int = 1
    """Internal generator: stored frames to cycle through."""
    gain_stage: GainStage = "dynamic"
    dark: bool = False
    """Shutter closed: pedestal frames."""
    photon_energy_keV: float = 12.4  # noqa: N815
    """Energy of the photons a simulated detector counts."""
    use_hg0: bool = False
    """JUNGFRAU: stage G0 has the high gain."""
    storage_cell_count: int = 1
    """JUNGFRAU: frames come from so many storage cells in turn."""
    first_storage_cell: int = 0
    storage_cell_delay_s: float = 0.0
    """From one storage cell to the next; 0 with a single one."""
    pulsed: bool = False
    """Every trigger is a pulse of the source, with a number and an event code."""
    rotation: CrystalRotation | None = None
    """What the simulated crystal does; None: every frame shows another crystal."""
    counter: EigerCounter | None = None
    """EIGER: read-out depth; None: the 16-bit words of a JUNGFRAU."""
    threshold_energy_keV: float | None = None  # noqa: N815
    """EIGER: photons of less energy are not counted."""
    trigger_timing: DetectorTiming = "trigger"
    """What a real detector takes a trigger for, if one is awaited."""
    trigger_delay_s: float = 0.0
    """Real detectors: from a trigger to the exposure."""

    @property
    def frame_dtype(self) -> str:
        """NumPy name of the type of frames in memory."""
        return _frame_dtype(self.counter)

    @property
    def readout_dtype(self) -> str:
        """NumPy name of the type a detector sends."""
        return "uint16" if self.counter is None else self.counter.readout_dtype

    def storage_cell(self, frame_number: int) -> int:
        """Tell which storage cell a frame, counted from 0, comes from."""
        return self.first_storage_cell + frame_number % self.storage_cell_count


@dataclass(frozen=True, slots=True)
class PixelPlan:
    """From raw frames to image pixels."""

    module_count: int
    frames_per_image: int
    dtype: str
    """NumPy name of the image's type, e.g. ``int16``."""
    error_value: int
    saturated_value: int
    """Written for saturated pixels."""
    saturation_value: int
    """This count and higher means saturated (NXmx)."""
    energy_per_count_keV: float | None  # noqa: N815
    """None: no conversion; values are the 16 bits as they came, or counts of an EIGER."""
    assembled: bool
    """Modules in their place, multipixels extended, gaps in; else modules stacked."""
    low_threshold: int
    """Counts below become 0, per frame; 0 = off."""
    poisson_factor: int
    """SQ of round(sqrt(count) * SQ); 0 = off."""
    mask_applied: bool
    """Masked pixels get the error value."""
    fixed_gain_g1: bool = False
    """JUNGFRAU: every pixel was read out in G1."""
    counter: EigerCounter | None = None
    """EIGER: read-out depth; None for a JUNGFRAU."""

    @property
    def frame_dtype(self) -> str:
        """NumPy name of the type of frames."""
        return _frame_dtype(self.counter)


def _frame_dtype(counter: EigerCounter | None) -> str:
    return "uint16" if counter is None else counter.frame_dtype


@dataclass(frozen=True, slots=True)
class ImagePlan:
    """The images of the run."""

    image_count: int
    height: int
    width: int
    image_time_s: float
    """Time from one image to the next."""
    count_time_s: float
    """Exposed time of one image: frames_per_image x count time of a frame."""
    frame_time_s: float
    compression: Compression
    images_per_file: int
    """0 = all in one file."""


@dataclass(frozen=True, slots=True)
class BeamPlan:
    """The beam and the detector in it, as they are told to others; energies in eV."""

    incident_energy_eV: float  # noqa: N815
    incident_wavelength_angstrom: float
    """Of photons, or of electrons of that energy."""
    detector_distance_m: float
    sensor_thickness_m: float
    threshold_energy_eV: float | None  # noqa: N815
    """EIGER: photons of less energy are not counted."""
    energy_per_count_eV: float | None  # noqa: N815
    """JUNGFRAU: what a count stands for; None without conversion."""


@dataclass(frozen=True, slots=True)
class AcquisitionPlan:
    """One run."""

    run: RunIdentity
    frames: FramePlan
    pixels: PixelPlan
    images: ImagePlan
    beam: BeamPlan
    saves_images: bool
    """Whether images go to the image sockets (file_prefix not empty)."""
    saves_calibration: bool
