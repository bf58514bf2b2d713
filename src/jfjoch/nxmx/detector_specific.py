"""/entry/instrument/detector/detectorSpecific: what NXmx has no field for."""

import h5py

from jfjoch import __version__
from jfjoch.messages.end import EndMessage
from jfjoch.messages.start import DetectorDescription, ImageFormat
from jfjoch.nxmx.fields import add_field, add_group, storable
from jfjoch.nxmx.finished_run import FinishedRun
from jfjoch.nxmx.git_commit import installed_commit

GIT_COMMIT = installed_commit()
"""Read once: files may change under a running writer."""


def write_detector_specific(detector: h5py.Group, run: FinishedRun) -> None:
    """NXcollection; names of DECTRIS files where they have one."""
    specific = add_group(detector, "detectorSpecific", "NXcollection")
    specific["pixel_mask"] = detector["pixel_mask"]
    _write_image_count(specific, run)
    _write_conversion(specific, run.start.image)
    _write_hardware(specific, run.start.detector)
    factor = run.start.data_reduction_factor_serialmx
    add_field(specific, "data_reduction_factor_serialmx", factor)
    add_field(specific, "software_version", f"jfjoch {__version__}")
    if GIT_COMMIT:
        add_field(specific, "git_commit", GIT_COMMIT)


def _write_image_count(specific: h5py.Group, run: FinishedRun) -> None:
    # XDS plugins take nimages x ntrigger for the number of images in the files.
    add_field(specific, "nimages", run.image_count)
    add_field(specific, "ntrigger", 1)
    add_field(specific, "incomplete", run.is_incomplete)
    if run.end is not None:
        _write_outcome(specific, run.end)
    if run.start.files.socket_count == 1:  # one of several writers knows only its own part
        add_field(specific, "nimages_written", run.images_written)


def _write_outcome(specific: h5py.Group, end: EndMessage) -> None:
    add_field(specific, "nimages_expected", end.images_expected)
    add_field(specific, "nimages_collected", end.images_collected)
    add_field(specific, "nimages_sent", end.images_sent)
    add_field(specific, "data_collection_efficiency", end.efficiency)
    add_field(specific, "max_receiver_delay", end.max_receiver_delay)
    add_field(specific, "cancelled", end.cancelled)


def _write_conversion(specific: h5py.Group, image: ImageFormat) -> None:
    add_field(specific, "x_pixels_in_detector", image.width)
    add_field(specific, "y_pixels_in_detector", image.height)
    add_field(specific, "summation", image.summation)
    add_field(specific, "jungfrau_conversion_applied", image.conversion_applied)
    if image.energy_per_count_eV is not None:
        add_field(specific, "jungfrau_conversion_factor", image.energy_per_count_eV, "eV")
    add_field(specific, "geometry_transformation_enabled", image.assembled)
    add_field(specific, "poisson_compression", image.poisson_factor)
    add_field(specific, "pixel_value_low_threshold", image.low_threshold)


def _write_hardware(specific: h5py.Group, detector: DetectorDescription) -> None:
    add_field(specific, "storage_cell_number", detector.storage_cell_count)
    add_field(specific, "storage_cell_delay", detector.storage_cell_delay_s, "s")
    if detector.gain_file_names:
        names = [storable(name) for name in detector.gain_file_names]
        specific.create_dataset("gain_file_names", data=names, dtype=h5py.string_dtype())
