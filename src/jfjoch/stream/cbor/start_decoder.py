"""The start message, receiving side; also takes the start of a DECTRIS detector."""

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from jfjoch.errors import StreamError
from jfjoch.messages.start import (
    AnalysisPlan,
    BeamGeometry,
    DetectorDescription,
    FilePlan,
    GoniometerAxis,
    ImageFormat,
    SampleInfo,
    StartMessage,
)
from jfjoch.model.roi import NO_ROI, RoiDefinitions
from jfjoch.stream.cbor.appendix import read_json_object
from jfjoch.stream.cbor.excerpt import excerpt
from jfjoch.stream.cbor.fields import INT64_MAX, Fields
from jfjoch.stream.cbor.start_encoder import MAGIC_NUMBER
from jfjoch.stream.cbor.unit_cell import read_unit_cell

_IMAGE_DTYPES = ("int8", "int16", "int32", "uint8", "uint16", "uint32")


def decode_start(fields: Fields) -> StartMessage:
    """Return the message, its mask a view; StreamError names the key that is wrong."""
    if fields.integer("magic_number", default=MAGIC_NUMBER) != MAGIC_NUMBER:
        raise StreamError(f"start: magic_number: expected {MAGIC_NUMBER} (another version?)")
    user_data = _user_data(fields)
    return StartMessage(
        run_number=fields.integer("series_id"),
        run_name=fields.text("series_unique_id"),
        arm_date=fields.moment("arm_date"),
        number_of_images=fields.integer("number_of_images"),
        image_time_s=fields.number("frame_time"),
        count_time_s=fields.number("count_time"),
        geometry=_geometry(fields),
        detector=_detector(fields, user_data),
        image=_image_format(fields, user_data),
        files=_file_plan(user_data),
        sample=_sample(fields, user_data),
        analysis=_analysis(fields, user_data),
        data_reduction_factor_serialmx=user_data.number("data_reduction_factor_serialmx", 1.0),
        pulsed=user_data.flag("pulsed_source", default=False),
    )


def _user_data(fields: Fields) -> Fields:
    """Return user_data, which DECTRIS detectors send as JSON text, or empty text for nothing."""
    value = fields.raw("user_data")
    if not isinstance(value, str):
        return fields.section("user_data")
    name = f"{fields.name}.user_data"
    return Fields(name, read_json_object(name, value) if value else {})


def _geometry(fields: Fields) -> BeamGeometry:
    if "detector_distance" in fields:
        distance_m = fields.number("detector_distance")
    else:
        distance_m = fields.vector("detector_translation")[2]
    return BeamGeometry(
        beam_center_x_pxl=fields.number("beam_center_x"),
        beam_center_y_pxl=fields.number("beam_center_y"),
        detector_distance_m=distance_m,
        incident_energy_eV=fields.number("incident_energy"),
        incident_wavelength_angstrom=fields.number("incident_wavelength"),
        goniometer=_goniometer(fields.section("goniometer")),
    )


def _goniometer(axes: Fields) -> GoniometerAxis | None:
    """Return the axis with a direction; DECTRIS detectors give angles, but no directions."""
    for name in axes.names:
        axis = axes.section(name)
        if "vector" in axis:
            increment, start = axis.number("increment"), axis.number("start")
            return GoniometerAxis(name, increment, start, axis.vector("vector"))
    return None


def _detector(fields: Fields, user_data: Fields) -> DetectorDescription:
    thresholds = fields.section("threshold_energy")
    return DetectorDescription(
        description=fields.text("detector_description"),
        serial_number=fields.text("detector_serial_number"),
        pixel_size_m=fields.number("pixel_size_x"),
        sensor_thickness_m=fields.number("sensor_thickness"),
        sensor_material=fields.text("sensor_material"),
        bit_depth_readout=fields.integer("bit_depth_readout", _itemsize(fields) * 8, minimum=1),
        gain_file_names=user_data.texts("gain_file_names"),
        storage_cell_count=fields.integer("storage_cell_number", default=1, minimum=1),
        storage_cell_delay_s=fields.number("storage_cell_delay", default=0.0),
        threshold_energy_eV=(thresholds.number(thresholds.channel()) if thresholds.names else None),
    )


def _image_format(fields: Fields, user_data: Fields) -> ImageFormat:
    dtype = np.dtype(_dtype(fields))
    limits = np.iinfo(dtype)
    return ImageFormat(
        width=fields.integer("image_size_x", minimum=1),
        height=fields.integer("image_size_y", minimum=1),
        dtype=dtype.name,
        error_value=fields.integer(
            "error_value", limits.min if limits.min else limits.max, minimum=-INT64_MAX
        ),
        saturation_value=fields.integer("saturation_value", minimum=-INT64_MAX),
        summation=fields.integer("summation", default=1, minimum=1),
        conversion_applied=fields.flag("jungfrau_conversion_applied", default=False),
        energy_per_count_eV=fields.optional_number("jungfrau_conversion_factor"),
        assembled=fields.flag("geometry_transformation_enabled", default=True),
        pixel_mask=_pixel_mask(fields),
        mask_applied=fields.flag("pixel_mask_enabled", default=False),
        poisson_factor=user_data.integer("poisson_compression", default=0),
        low_threshold=user_data.integer("pixel_value_low_threshold", default=0),
    )


def _analysis(fields: Fields, user_data: Fields) -> AnalysisPlan:
    return AnalysisPlan(
        max_spot_count=fields.integer("max_spot_count", default=0),
        az_int_bin_to_q=_bins(fields),
        rois=_rois(user_data),
    )


def _bins(fields: Fields) -> NDArray[np.float32]:
    bins = fields.values("az_int_bin_to_q", np.float32)
    count = fields.integer("az_int_bin_number", default=len(bins))
    if count != len(bins):
        raise StreamError(
            f"start: az_int_bin_to_q: expected {count} values, as az_int_bin_number says, got"
            f" {len(bins)}"
        )
    return bins


def _rois(user_data: Fields) -> RoiDefinitions:
    rois = user_data.raw("rois")
    try:
        return NO_ROI if rois is None else RoiDefinitions.model_validate(rois)
    except ValidationError as error:
        raise StreamError(
            f"{user_data.name}: rois: expected definitions of regions, got {excerpt(rois)}"
        ) from error


def _dtype(fields: Fields) -> str:
    dtype = fields.text("image_dtype")
    if dtype not in _IMAGE_DTYPES:
        raise StreamError(f"start: image_dtype: expected one of {', '.join(_IMAGE_DTYPES)}")
    return dtype


def _itemsize(fields: Fields) -> int:
    return np.dtype(_dtype(fields)).itemsize


def _pixel_mask(fields: Fields) -> NDArray[np.uint32]:
    """Return the mask; as it must have the size of the image, it bounds that size, too."""
    channels = fields.section("pixel_mask")
    mask = channels.array(channels.channel(), np.uint32)
    width, height = fields.integer("image_size_x"), fields.integer("image_size_y")
    if mask.shape != (height, width):
        raise StreamError(
            f"start: pixel_mask: expected {height} x {width} as the image, got"
            f" {mask.shape[0]} x {mask.shape[1]}"
        )
    return mask


def _file_plan(user_data: Fields) -> FilePlan:
    return FilePlan(
        file_prefix=user_data.text("file_prefix", default=""),
        images_per_file=user_data.integer("images_per_file", default=0),
        write_master_file=user_data.flag("write_master_file", default=True),
        socket_number=user_data.integer("socket_number", default=0),
        socket_count=user_data.integer("socket_count", default=1, minimum=1),
        writer_notification_address=user_data.text("writer_notification_zmq_addr", default=""),
    )


def _sample(fields: Fields, user_data: Fields) -> SampleInfo:
    return SampleInfo(
        sample_name=user_data.text("sample_name", default=""),
        space_group_number=user_data.integer("space_group_number", default=0),
        unit_cell=read_unit_cell(fields.section("unit_cell")),
        source_name=user_data.text("source_name", default=""),
        source_type=user_data.text("source_type", default=""),
        instrument_name=user_data.text("instrument_name", default=""),
        total_flux=user_data.optional_number("total_flux"),
        attenuator_transmission=user_data.optional_number("attenuator_transmission"),
        experiment_group=user_data.text("experiment_group", default=""),
        header_appendix=user_data.raw("user"),
    )
