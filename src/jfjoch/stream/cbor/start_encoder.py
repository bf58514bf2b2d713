"""The start message, sending side."""

from typing import Any

from jfjoch.messages.start import (
    AnalysisPlan,
    BeamGeometry,
    DetectorDescription,
    GoniometerAxis,
    ImageFormat,
    StartMessage,
)
from jfjoch.stream.cbor.appendix import check_appendix
from jfjoch.stream.cbor.encoding import date_time, map_pieces, named_matrix, vector
from jfjoch.stream.cbor.unit_cell import unit_cell_entry

MAGIC_NUMBER = 0x4A460001
"""This key list, version 1."""


def encode_start(message: StartMessage) -> bytes:
    """Return the message as CBOR.

    Raises InvalidInput for text or an appendix that a reader could not take.
    """
    return b"".join(start_pieces(message))


def start_pieces(message: StartMessage) -> list[bytes | memoryview]:
    """Return what ``encode_start`` joins; the mask among it is that of ``message``, not copied.

    Raises InvalidInput as ``encode_start`` does.
    """
    check_appendix("header_appendix", message.sample.header_appendix)
    entries = {
        "type": "start",
        "magic_number": MAGIC_NUMBER,
        "arm_date": date_time(message.arm_date),
        "series_id": message.run_number,
        "series_unique_id": message.run_name,
        "number_of_images": message.number_of_images,
        "frame_time": message.image_time_s,
        "count_time": message.count_time_s,
        **_geometry(message.geometry),
        **_detector(message.detector),
        **_image_format(message.image),
        **_analysis(message.analysis),
        "unit_cell": unit_cell_entry(message.sample.unit_cell),
        "user_data": _user_data(message),
    }
    return map_pieces(entries)


def _geometry(geometry: BeamGeometry) -> dict[str, Any]:
    return {
        "beam_center_x": geometry.beam_center_x_pxl,
        "beam_center_y": geometry.beam_center_y_pxl,
        "detector_distance": geometry.detector_distance_m,
        "detector_translation": [0.0, 0.0, geometry.detector_distance_m],
        "incident_energy": geometry.incident_energy_eV,
        "incident_wavelength": geometry.incident_wavelength_angstrom,
        "goniometer": _goniometer(geometry.goniometer),
    }


def _goniometer(axis: GoniometerAxis | None) -> dict[str, Any] | None:
    if axis is None:
        return None
    entry = {"increment": axis.increment, "start": axis.start, "vector": list(axis.vector)}
    return {axis.name: entry}


def _detector(detector: DetectorDescription) -> dict[str, Any]:
    threshold = detector.threshold_energy_eV
    return {
        "detector_description": detector.description,
        "detector_serial_number": detector.serial_number,
        "pixel_size_x": detector.pixel_size_m,
        "pixel_size_y": detector.pixel_size_m,
        "sensor_thickness": detector.sensor_thickness_m,
        "sensor_material": detector.sensor_material,
        "bit_depth_readout": detector.bit_depth_readout,
        "threshold_energy": None if threshold is None else {"default": threshold},
        "storage_cell_number": detector.storage_cell_count,
        "storage_cell_delay": detector.storage_cell_delay_s,
        "countrate_correction_enabled": False,
        "flatfield_enabled": False,
    }


def _image_format(image: ImageFormat) -> dict[str, Any]:
    return {
        "image_size_x": image.width,
        "image_size_y": image.height,
        "image_dtype": image.dtype,
        "channels": ["default"],
        "saturation_value": image.saturation_value,
        "error_value": image.error_value,
        "pixel_mask": named_matrix("default", image.pixel_mask),
        "pixel_mask_enabled": image.mask_applied,
        "summation": image.summation,
        "jungfrau_conversion_applied": image.conversion_applied,
        "jungfrau_conversion_factor": image.energy_per_count_eV,
        "geometry_transformation_enabled": image.assembled,
        # Assembling spreads the counts of a multipixel over the virtual pixels it covers.
        "virtual_pixel_interpolation_enabled": image.assembled,
    }


def _analysis(analysis: AnalysisPlan) -> dict[str, Any]:
    bins = analysis.az_int_bin_to_q
    return {
        "max_spot_count": analysis.max_spot_count,
        "az_int_bin_number": len(bins),
        "az_int_bin_to_q": vector(bins),
    }


def _user_data(message: StartMessage) -> dict[str, Any]:
    """What DECTRIS Stream V2 has no key for."""
    entries = _file_plan(message) | _sample(message)
    entries["rois"] = message.analysis.rois.model_dump(mode="json")
    return {key: value for key, value in entries.items() if value is not None}


def _file_plan(message: StartMessage) -> dict[str, Any]:
    files = message.files
    return {
        "file_prefix": files.file_prefix,
        "images_per_file": files.images_per_file,
        "write_master_file": files.write_master_file,
        "socket_number": files.socket_number,
        "socket_count": files.socket_count,
        "writer_notification_zmq_addr": files.writer_notification_address or None,
        "gain_file_names": list(message.detector.gain_file_names),
        "data_reduction_factor_serialmx": message.data_reduction_factor_serialmx,
        "pulsed_source": message.pulsed,
        "poisson_compression": message.image.poisson_factor,
        "pixel_value_low_threshold": message.image.low_threshold,
    }


def _sample(message: StartMessage) -> dict[str, Any]:
    sample = message.sample
    return {
        "source_name": sample.source_name,
        "source_type": sample.source_type,
        "instrument_name": sample.instrument_name,
        "sample_name": sample.sample_name,
        "space_group_number": sample.space_group_number,
        "total_flux": sample.total_flux,
        "attenuator_transmission": sample.attenuator_transmission,
        "experiment_group": sample.experiment_group,
        "user": sample.header_appendix,
    }
