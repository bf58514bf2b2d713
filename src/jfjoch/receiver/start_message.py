"""What the stream is told before the first image."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from jfjoch.geometry.module_shape import PIXEL_SIZE_M
from jfjoch.messages.start import (
    AnalysisPlan,
    BeamGeometry,
    DetectorDescription,
    FilePlan,
    GoniometerAxis,
    ImageFormat,
    SampleInfo,
    StartMessage,
    UnitCell,
)
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.detector import Detector
from jfjoch.model.experiment import Experiment
from jfjoch.model.plan import AcquisitionPlan, BeamPlan
from jfjoch.model.spot_finding import MOST_SPOTS_PER_IMAGE


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationInUse:
    """What of the calibration the stream is told."""

    pixel_mask: NDArray[np.uint32]
    gain_file_names: tuple[str, ...]


def start_message(
    plan: AcquisitionPlan,
    experiment: Experiment,
    dataset: DatasetSettings,
    calibration: CalibrationInUse,
    now: datetime,
) -> StartMessage:
    """Put together everything known before the first image."""
    return StartMessage(
        run_number=plan.run.number,
        run_name=plan.run.name,
        arm_date=now,
        number_of_images=plan.images.image_count,
        image_time_s=plan.images.image_time_s,
        count_time_s=plan.images.count_time_s,
        geometry=_geometry(plan.beam, dataset),
        detector=_detector(experiment.detector, plan, calibration.gain_file_names),
        image=_image_format(plan, calibration.pixel_mask),
        files=FilePlan(
            file_prefix=dataset.file_prefix,
            images_per_file=dataset.images_per_file,
            write_master_file=dataset.write_nxmx_hdf5_master,
        ),
        sample=_sample(experiment, dataset),
        analysis=_analysis(experiment),
        data_reduction_factor_serialmx=dataset.data_reduction_factor_serialmx,
        pulsed=plan.frames.pulsed,
    )


def _geometry(beam: BeamPlan, dataset: DatasetSettings) -> BeamGeometry:
    axis = dataset.goniometer
    return BeamGeometry(
        beam_center_x_pxl=dataset.beam_x_pxl,
        beam_center_y_pxl=dataset.beam_y_pxl,
        detector_distance_m=beam.detector_distance_m,
        incident_energy_eV=beam.incident_energy_eV,
        incident_wavelength_angstrom=beam.incident_wavelength_angstrom,
        goniometer=None
        if axis is None
        else GoniometerAxis(
            axis.name, axis.step, axis.start, (axis.vector[0], axis.vector[1], axis.vector[2])
        ),
    )


def _detector(
    detector: Detector, plan: AcquisitionPlan, gain_file_names: tuple[str, ...]
) -> DetectorDescription:
    return DetectorDescription(
        description=detector.description,
        serial_number=detector.serial_number,
        pixel_size_m=PIXEL_SIZE_M,
        sensor_thickness_m=plan.beam.sensor_thickness_m,
        sensor_material=detector.sensor_material,
        bit_depth_readout=np.dtype(plan.frames.readout_dtype).itemsize * 8,
        threshold_energy_eV=plan.beam.threshold_energy_eV,
        gain_file_names=gain_file_names,
        storage_cell_count=plan.frames.storage_cell_count,
        storage_cell_delay_s=plan.frames.storage_cell_delay_s,
    )


def _image_format(plan: AcquisitionPlan, mask: NDArray[np.uint32]) -> ImageFormat:
    pixels = plan.pixels
    return ImageFormat(
        width=plan.images.width,
        height=plan.images.height,
        dtype=pixels.dtype,
        error_value=pixels.error_value,
        saturation_value=pixels.saturation_value,
        summation=pixels.frames_per_image,
        conversion_applied=pixels.energy_per_count_keV is not None,
        energy_per_count_eV=plan.beam.energy_per_count_eV,
        assembled=pixels.assembled,
        pixel_mask=mask,
        mask_applied=pixels.mask_applied,
        poisson_factor=pixels.poisson_factor,
        low_threshold=pixels.low_threshold,
    )


def _analysis(experiment: Experiment) -> AnalysisPlan:
    return AnalysisPlan(
        max_spot_count=MOST_SPOTS_PER_IMAGE,
        az_int_bin_to_q=experiment.azim_int.bin_to_q,
        rois=experiment.roi,
    )


def _sample(experiment: Experiment, dataset: DatasetSettings) -> SampleInfo:
    cell = dataset.unit_cell
    return SampleInfo(
        sample_name=dataset.sample_name,
        space_group_number=dataset.space_group_number,
        unit_cell=None if cell is None else UnitCell(**cell.model_dump()),
        source_name=experiment.instrument.source_name,
        source_type=experiment.instrument.source_type,
        instrument_name=experiment.instrument.instrument_name,
        total_flux=dataset.total_flux,
        attenuator_transmission=dataset.transmission,
        experiment_group=dataset.experiment_group or "",
        header_appendix=dataset.header_appendix,
    )
