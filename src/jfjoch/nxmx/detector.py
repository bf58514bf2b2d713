"""/entry/instrument/detector: what the images were taken with, and what their numbers mean."""

import re
from collections.abc import Iterable

import h5py
import numpy as np

from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.start import ImageFormat, StartMessage
from jfjoch.nxmx.detector_module import write_module
from jfjoch.nxmx.detector_specific import write_detector_specific
from jfjoch.nxmx.fields import add_field, add_group
from jfjoch.nxmx.file_in_memory import FileInMemory
from jfjoch.nxmx.finished_run import FinishedRun


def write_detector(instrument: h5py.Group, run: FinishedRun, content: FileInMemory) -> None:
    """NXdetector; arrays of the size of an image are added to the content."""
    detector = add_group(instrument, "detector", "NXdetector")
    _write_description(detector, run.start)
    _write_position(detector, run.start)
    _write_times(detector, run.start)
    _write_pixel_values(detector, run.start)
    _write_corrections(detector, run.start.image, content)
    _write_calibration(detector, run.calibration, content)
    write_module(detector, run.start)
    write_detector_specific(detector, run)


def _write_description(detector: h5py.Group, start: StartMessage) -> None:
    about = start.detector
    add_field(detector, "description", about.description)
    add_field(detector, "serial_number", about.serial_number)
    add_field(detector, "type", "Pixel")
    add_field(detector, "x_pixel_size", about.pixel_size_m, "m")
    add_field(detector, "y_pixel_size", about.pixel_size_m, "m")
    add_field(detector, "sensor_material", about.sensor_material)
    add_field(detector, "sensor_thickness", about.sensor_thickness_m, "m")
    if about.threshold_energy_eV is not None:
        add_field(detector, "threshold_energy", about.threshold_energy_eV, "eV")


def _write_position(detector: h5py.Group, start: StartMessage) -> None:
    """Place in the McStas frame: origin at the sample, z along the beam."""
    geometry = start.geometry
    add_field(detector, "beam_center_x", geometry.beam_center_x_pxl, "pixel")
    add_field(detector, "beam_center_y", geometry.beam_center_y_pxl, "pixel")
    add_field(detector, "distance", geometry.detector_distance_m, "m")
    add_field(detector, "detector_distance", geometry.detector_distance_m, "m")
    translation = add_field(
        add_group(detector, "transformations", "NXtransformations"),
        "translation",
        geometry.detector_distance_m,
        "m",
        transformation_type="translation",
        vector=np.array([0.0, 0.0, 1.0]),
        depends_on=".",
    )
    add_field(detector, "depends_on", translation.name)


def _write_times(detector: h5py.Group, start: StartMessage) -> None:
    add_field(detector, "count_time", start.count_time_s, "s")
    add_field(detector, "frame_time", start.image_time_s, "s")
    add_field(detector, "acquisition_type", "summed" if start.image.summation > 1 else "triggered")
    add_field(detector, "number_of_cycles", start.image.summation)


def _write_pixel_values(detector: h5py.Group, start: StartMessage) -> None:
    image = start.image
    bits = np.dtype(image.dtype).itemsize * 8
    add_field(detector, "bit_depth_image", bits)
    add_field(detector, "bit_depth_readout", _bit_depth_readout(start, bits))
    add_field(detector, "saturation_value", image.saturation_value)
    add_field(detector, "error_value", image.error_value)
    if image.is_signed:
        # The limit is inclusive: readers call a pixel of this value valid, so it lies above
        # the error value. The error value of unsigned images is their highest number instead.
        add_field(detector, "underload_value", image.error_value + 1)


def _bit_depth_readout(start: StartMessage, bits: int) -> int:
    """XDS plugins tell the type of 32-bit unsigned images by this field."""
    if bits == 32 and not start.image.is_signed:
        return 32
    return start.detector.bit_depth_readout


def _write_corrections(detector: h5py.Group, image: ImageFormat, content: FileInMemory) -> None:
    # Contiguous and unfiltered: XDS plugins read the mask without HDF5's filters.
    content.add_array(detector, "pixel_mask", np.asarray(image.pixel_mask, np.uint32))
    add_field(detector, "pixel_mask_applied", image.mask_applied)
    add_field(detector, "flatfield_applied", False)
    add_field(detector, "countrate_correction_applied", False)


def _write_calibration(
    detector: h5py.Group, arrays: Iterable[CalibrationMessage], content: FileInMemory
) -> None:
    named = {re.sub(r"[^A-Za-z0-9_]", "_", array.name): array.values for array in arrays}
    named.pop("", None)
    if not named:
        return
    calibration = add_group(detector, "calibration", "NXcollection")
    for name, values in named.items():
        content.add_array(calibration, name, values)
