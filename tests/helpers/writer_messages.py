"""Messages of a run as a broker would send them, small enough to check pixel by pixel."""

import struct
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import bitshuffle
import numpy as np
from numpy.typing import NDArray

from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import CompressedImage, ImageMessage, PixelStatistics
from jfjoch.messages.start import (
    BeamGeometry,
    DetectorDescription,
    FilePlan,
    GoniometerAxis,
    ImageFormat,
    SampleInfo,
    StartMessage,
    UnitCell,
)

HEIGHT, WIDTH = 48, 64
_BLOCK_ELEMENTS = 1024
OMEGA = GoniometerAxis(name="omega", increment=0.1, start=10.0, vector=(-1.0, 0.0, 0.0))
_GEOMETRY = BeamGeometry(
    beam_center_x_pxl=31.25,
    beam_center_y_pxl=20.5,
    detector_distance_m=0.155,
    incident_energy_eV=12_400.0,
    incident_wavelength_angstrom=0.99987,
)
_DETECTOR = DetectorDescription(
    description="JUNGFRAU test",
    serial_number="JF-1",
    pixel_size_m=75e-6,
    sensor_thickness_m=320e-6,
    sensor_material="Si",
    bit_depth_readout=16,
    gain_file_names=("gains_M1.bin",),
)
_SAMPLE = SampleInfo(
    sample_name="lysozyme",
    space_group_number=96,
    unit_cell=UnitCell(79.0, 79.0, 38.0, 90.0, 90.0, 90.0),
    source_name="Swiss Light Source",
    source_type="Synchrotron X-ray Source",
    instrument_name="X06SA",
    total_flux=1e12,
    attenuator_transmission=0.5,
    experiment_group="p12345",
)


def image_format(dtype: str = "int16", **changes: Any) -> ImageFormat:
    """Format of the test images; the mask marks one pixel."""
    limits = np.iinfo(dtype)
    signed = limits.min < 0
    mask = np.zeros((HEIGHT, WIDTH), np.uint32)
    mask[3, 5] = 1 << 8
    form = ImageFormat(
        width=WIDTH,
        height=HEIGHT,
        dtype=dtype,
        error_value=int(limits.min if signed else limits.max),
        saturation_value=int(limits.max - 1),
        summation=1,
        conversion_applied=signed,
        energy_per_count_eV=12_400.0 if signed else None,
        assembled=True,
        pixel_mask=mask,
        mask_applied=False,
    )
    return replace(form, **changes)


def start_message(
    number_of_images: int = 10,
    file_prefix: str = "run",
    images_per_file: int = 0,
    dtype: str = "int16",
    goniometer: GoniometerAxis | None = OMEGA,
    files: dict[str, Any] | None = None,
    **changes: Any,
) -> StartMessage:
    """Start of run 1; ``files`` and ``changes`` replace any field of FilePlan and of the start."""
    plan = FilePlan(
        file_prefix=file_prefix,
        images_per_file=images_per_file,
        write_master_file=True,
        writer_notification_address="test://reports",
    )
    start = StartMessage(
        run_number=1,
        run_name="run one",
        arm_date=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        number_of_images=number_of_images,
        image_time_s=0.001,
        count_time_s=0.00098,
        geometry=replace(_GEOMETRY, goniometer=goniometer),
        detector=_DETECTOR,
        image=image_format(dtype),
        files=replace(plan, **(files or {})),
        sample=_SAMPLE,
    )
    return replace(start, **changes)


def pixels(image_id: int, dtype: str = "int16") -> NDArray[Any]:
    """Pixels of an image: different in every image, with the extremes of the type in it."""
    noise = np.random.default_rng(image_id).poisson(3.0, (HEIGHT, WIDTH))
    values = noise.astype(dtype)
    values[0, :3] = image_id % 100, np.iinfo(dtype).min, np.iinfo(dtype).max
    return values


def compressed(values: NDArray[Any], algorithm: str = "bslz4") -> CompressedImage:
    """Compress with the bitshuffle library, independent of this package."""
    payload = values.tobytes()
    if algorithm == "bslz4":
        header = struct.pack(">QI", values.nbytes, _BLOCK_ELEMENTS * values.itemsize)
        payload = header + bitshuffle.compress_lz4(values, _BLOCK_ELEMENTS).tobytes()
    return CompressedImage(payload, algorithm, str(values.dtype), *values.shape)


def image_message(
    image_id: int,
    start: StartMessage,
    algorithm: str = "bslz4",
    original_image_id: int | None = None,
) -> ImageMessage:
    """Image of the run ``start`` began, with ``pixels(image_id)``."""
    return ImageMessage(
        run_number=start.run_number,
        run_name=start.run_name,
        image_id=image_id,
        original_image_id=image_id if original_image_id is None else original_image_id,
        start_time_ns=image_id * 1_000_000,
        exposure_ns=980_000,
        image=compressed(pixels(image_id, start.image.dtype), algorithm),
        statistics=PixelStatistics(1, 1, 0, 12),
        packets_expected=128,
        packets_received=128,
        receiver_delay=0,
        free_send_buffers=10,
    )


def end_message(start: StartMessage, max_image_number: int, **changes: Any) -> EndMessage:
    """End of the run ``start`` began."""
    end = EndMessage(
        run_number=start.run_number,
        run_name=start.run_name,
        end_date=datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC),
        max_image_number=max_image_number,
        images_collected=max_image_number,
        images_sent=max_image_number,
        images_expected=start.number_of_images,
        efficiency=0.75,
        max_receiver_delay=3,
        cancelled=False,
    )
    return replace(end, **changes)
