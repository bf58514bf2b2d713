"""What the stream is told before the first image."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from jfjoch.geometry.diffraction import electron_wavelength_angstrom, wavelength_angstrom
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
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.detector import Detector
from jfjoch.model.experiment import Experiment
from jfjoch.model.plan import AcquisitionPlan, FramePlan

PIXEL_SIZE_M = 75e-6


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
        geometry=_geometry(experiment, dataset),
        detector=_detector(experiment.detector, plan.frames, calibration.gain_file_names),
        image=_image_format(plan, calibration.pixel_mask),
        files=FilePlan(
            file_prefix=dataset.file_prefix,
            images_per_file=dataset.images_per_file,
            write_master_file=dataset.write_nxmx_hdf5_master,
        ),
        sample=_sample(experiment, dataset),
        data_reduction_factor_serialmx=dataset.data_reduction_factor_serialmx,
    )


def _geometry(experiment: Experiment, dataset: DatasetSettings) -> BeamGeometry:
    axis = dataset.goniometer
    electrons = experiment.instrument.electron_source
    wavelength = electron_wavelength_angstrom if electrons else wavelength_angstrom
    return BeamGeometry(
        beam_center_x_pxl=dataset.beam_x_pxl,
        beam_center_y_pxl=dataset.beam_y_pxl,
        detector_distance_m=dataset.detector_distance_mm * 1e-3,
        incident_energy_eV=dataset.incident_energy_keV * 1e3,
        incident_wavelength_angstrom=wavelength(dataset.incident_energy_keV),
        goniometer=None
        if axis is None
        else GoniometerAxis(
            axis.name, axis.step, axis.start, (axis.vector[0], axis.vector[1], axis.vector[2])
        ),
    )


def _detector(
    detector: Detector, frames: FramePlan, gain_file_names: tuple[str, ...]
) -> DetectorDescription:
    threshold_keV = frames.threshold_energy_keV  # noqa: N806 (unit)
    return DetectorDescription(
        description=detector.description,
        serial_number=detector.serial_number,
        pixel_size_m=PIXEL_SIZE_M,
        sensor_thickness_m=detector.sensor_thickness_um * 1e-6,
        sensor_material=detector.sensor_material,
        bit_depth_readout=np.dtype(frames.frame_dtype).itemsize * 8,
        threshold_energy_eV=None if threshold_keV is None else threshold_keV * 1e3,
        gain_file_names=gain_file_names,
        storage_cell_count=frames.storage_cell_count,
        storage_cell_delay_s=frames.storage_cell_delay_s,
    )


def _image_format(plan: AcquisitionPlan, mask: NDArray[np.uint32]) -> ImageFormat:
    pixels = plan.pixels
    energy = pixels.energy_per_count_keV
    return ImageFormat(
        width=plan.images.width,
        height=plan.images.height,
        dtype=pixels.dtype,
        error_value=pixels.error_value,
        saturation_value=pixels.saturation_value,
        summation=pixels.frames_per_image,
        conversion_applied=energy is not None,
        energy_per_count_eV=None if energy is None else energy * 1e3,
        assembled=pixels.assembled,
        pixel_mask=mask,
        mask_applied=pixels.mask_applied,
        poisson_factor=pixels.poisson_factor,
        low_threshold=pixels.low_threshold,
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
