"""Settings of the read-out and of the pedestal (/config/detector)."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from jfjoch.model.base import BitDepth, Float, Int64, Settings

# A named alias, because the contract has a component of this name.
DetectorTiming = TypeAliasType("DetectorTiming", Literal["auto", "trigger", "burst", "gated"])


class DetectorSettings(Settings):
    """Read-out settings; changing them makes the calibration stale (B080)."""

    frame_time_us: Annotated[Int64, Field(ge=1)]
    count_time_us: Int64 | None = None
    internal_frame_generator: bool = False
    internal_frame_generator_images: Annotated[Int64, Field(ge=1, le=64)] = 1
    detector_trigger_delay_ns: Annotated[Int64, Field(ge=0)] = 0
    timing: DetectorTiming = "trigger"
    eiger_threshold_keV: Annotated[Float, Field(ge=1.0, le=100.0)] | None = None  # noqa: N815
    eiger_bit_depth: BitDepth | None = None
    jungfrau_pedestal_g0_frames: Annotated[Int64, Field(ge=0)] = 2000
    jungfrau_pedestal_g1_frames: Annotated[Int64, Field(ge=0)] = 300
    jungfrau_pedestal_g2_frames: Annotated[Int64, Field(ge=0)] = 300
    jungfrau_pedestal_min_image_count: Annotated[Int64, Field(ge=32)] = 128
    jungfrau_storage_cell_count: Annotated[Int64, Field(ge=1, le=16)] = 1
    jungfrau_storage_cell_delay_ns: Annotated[Int64, Field(ge=2100)] = 5000
    jungfrau_fixed_gain_g1: bool = False
    jungfrau_use_gain_hg0: bool = False


DEFAULT_DETECTOR_SETTINGS = DetectorSettings(frame_time_us=1000)
