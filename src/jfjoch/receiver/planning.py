"""From settings to the plan of a run: the only place where us, mm and keV become SI."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from jfjoch.errors import InvalidInput
from jfjoch.geometry.diffraction import electron_wavelength_angstrom, wavelength_angstrom
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.detector import Detector
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.eiger_counter import EigerCounter, ReadoutBits
from jfjoch.model.experiment import Experiment
from jfjoch.model.plan import (
    LONGEST_RUN_IMAGES,
    LONGEST_RUN_S,
    AcquisitionPlan,
    BeamPlan,
    CrystalRotation,
    FramePlan,
    GainStage,
    ImagePlan,
    PixelPlan,
    RunIdentity,
)
from jfjoch.receiver.eiger_planning import (
    counter_of_run,
    saturation_value,
    threshold_of_run_keV,
    with_frame_time_of_run,
)
from jfjoch.receiver.frame_counts import FrameCounts, frame_counts, storage_cell_count

_LONGEST_16_BIT_SUM = 2
_LEAST_IMAGES_FOR_CALIBRATION = 5
_HIGHEST_COUNT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class ImageSize:
    """Of the image as sent, pixels."""

    height: int
    width: int


def plan_acquisition(
    experiment: Experiment,
    dataset: DatasetSettings,
    size: ImageSize,
    claim_run: Callable[[], RunIdentity],
) -> AcquisitionPlan:
    """Decide everything about a run; a run number is claimed only if it can be made.

    Raises InvalidInput when the settings contradict each other, OperationFailed when they ask
    for what this version does not do.
    """
    experiment = with_frame_time_of_run(experiment, dataset)
    counts = frame_counts(experiment, dataset)
    pixels = _pixel_plan(experiment, dataset, counts.per_image)
    frames = _frame_plan(experiment, dataset, counts)
    images = _image_plan(frames, counts.per_image, dataset, size)
    return AcquisitionPlan(
        run=claim_run(),
        frames=frames,
        pixels=pixels,
        images=images,
        beam=_beam_plan(experiment, dataset, frames, pixels),
        saves_images=dataset.file_prefix != "",
        saves_calibration=_saves_calibration(experiment, dataset, images.image_count),
    )


def _saves_calibration(experiment: Experiment, dataset: DatasetSettings, image_count: int) -> bool:
    """As asked for, else in runs of some length (B065); an EIGER has no calibration."""
    if experiment.detector.type != "JUNGFRAU":
        return False
    if dataset.save_calibration is None:
        return image_count >= _LEAST_IMAGES_FOR_CALIBRATION
    return dataset.save_calibration


def _frame_plan(experiment: Experiment, dataset: DatasetSettings, counts: FrameCounts) -> FramePlan:
    detector, settings = experiment.detector, experiment.detector_settings
    from_generator = settings.internal_frame_generator
    waits = settings.timing != "auto" and not from_generator
    is_jungfrau = detector.type == "JUNGFRAU"
    cells = storage_cell_count(experiment)
    return FramePlan(
        origin="internal_generator" if from_generator else "detector",
        module_count=detector.module_count,
        frame_count=counts.total,
        frames_per_trigger=counts.per_trigger if waits else counts.total,
        wait_for_trigger=waits,
        frame_time_s=settings.frame_time_us * 1e-6,
        count_time_s=count_time_us(detector, settings) * 1e-6,
        paced=True,
        stored_frame_count=settings.internal_frame_generator_images,
        gain_stage=_gain_stage(experiment),
        photon_energy_keV=dataset.incident_energy_keV,
        use_hg0=is_jungfrau and settings.jungfrau_use_gain_hg0,
        storage_cell_count=cells,
        storage_cell_delay_s=settings.jungfrau_storage_cell_delay_ns * 1e-9 if cells > 1 else 0.0,
        pulsed=experiment.instrument.pulsed_source,
        rotation=_rotation(dataset, counts.per_image),
        counter=counter_of_run(experiment, dataset),
        threshold_energy_keV=threshold_of_run_keV(experiment, dataset),
        trigger_timing=settings.timing,
        trigger_delay_s=settings.detector_trigger_delay_ns * 1e-9,
    )


def _gain_stage(experiment: Experiment) -> GainStage:
    fixed = experiment.detector_settings.jungfrau_fixed_gain_g1
    return "fixed_g1" if fixed and experiment.detector.type == "JUNGFRAU" else "dynamic"


def _rotation(dataset: DatasetSettings, frames_per_image: int) -> CrystalRotation | None:
    """Take the step of the goniometer, which is per image, as one per frame."""
    axis = dataset.goniometer
    if axis is None:
        return None
    if not any(axis.vector):
        raise InvalidInput("goniometer.vector must be the direction of the axis; got [0, 0, 0]")
    x, y, z = axis.vector
    return CrystalRotation(axis.start, axis.step / frames_per_image, (x, y, z))


def count_time_us(detector: Detector, settings: DetectorSettings) -> int:
    """Exposure of one frame: as set, else as long as the frame time allows (B083)."""
    if settings.count_time_us is not None:
        return settings.count_time_us
    return settings.frame_time_us - detector.effective_readout_time_us


def _pixel_plan(
    experiment: Experiment, dataset: DatasetSettings, frames_per_image: int
) -> PixelPlan:
    image_format = experiment.image_format
    counter = counter_of_run(experiment, dataset)
    dtype = _dtype(experiment, frames_per_image, counter)
    limits = np.iinfo(dtype)
    signed = limits.min < 0
    factor = image_format.jungfrau_conversion_factor_keV or dataset.incident_energy_keV
    return PixelPlan(
        module_count=experiment.detector.module_count,
        frames_per_image=frames_per_image,
        dtype=dtype,
        error_value=int(limits.min if signed else limits.max),
        saturated_value=int(limits.max),
        saturation_value=saturation_value(counter, frames_per_image, int(limits.max)),
        energy_per_count_keV=factor if _is_converted(experiment) else None,
        assembled=image_format.geometry_transform,
        low_threshold=min(dataset.pixel_value_low_threshold or 0, _HIGHEST_COUNT),
        poisson_factor=dataset.poisson_compression or 0,
        mask_applied=image_format.apply_mask,
        fixed_gain_g1=_gain_stage(experiment) == "fixed_g1",
        counter=counter,
    )


def _is_converted(experiment: Experiment) -> bool:
    """Tell whether pixels become counts here; an EIGER counts by itself (B104)."""
    is_jungfrau = experiment.detector.type == "JUNGFRAU"
    return is_jungfrau and experiment.image_format.jungfrau_conversion


def _dtype(experiment: Experiment, frames_per_image: int, counter: EigerCounter | None) -> str:
    """Depth and sign as set, else 16 bit up to 2 frames, 32 beyond, signed if converted.

    A frame of an EIGER that is an image by itself keeps its depth.
    """
    image_format = experiment.image_format
    signed = image_format.signed_output
    if signed is None:
        signed = _is_converted(experiment)
    bits = image_format.bit_depth_image
    if bits is None:
        bits = _automatic_bits(frames_per_image, counter)
    return f"int{bits}" if signed else f"uint{bits}"


def _automatic_bits(frames_per_image: int, counter: EigerCounter | None) -> ReadoutBits:
    if counter is not None and frames_per_image == 1:
        return counter.bits
    return 16 if frames_per_image <= _LONGEST_16_BIT_SUM else 32


def _image_plan(
    frames: FramePlan, frames_per_image: int, dataset: DatasetSettings, size: ImageSize
) -> ImagePlan:
    image_count = frames.frame_count // frames_per_image
    run_time_s = frames.frame_count * frames.frame_time_s
    if image_count > LONGEST_RUN_IMAGES or run_time_s > LONGEST_RUN_S:
        raise InvalidInput(
            f"a run has at most {LONGEST_RUN_IMAGES} images in {LONGEST_RUN_S:.0e} s;"
            f" {image_count} in {run_time_s:.3g} s were asked for"
        )
    return ImagePlan(
        image_count=image_count,
        height=size.height,
        width=size.width,
        image_time_s=frames.frame_time_s * frames_per_image,
        count_time_s=frames.count_time_s * frames_per_image,
        frame_time_s=frames.frame_time_s,
        compression=dataset.compression,
        images_per_file=dataset.images_per_file,
    )


def _beam_plan(
    experiment: Experiment, dataset: DatasetSettings, frames: FramePlan, pixels: PixelPlan
) -> BeamPlan:
    electrons = experiment.instrument.electron_source
    wavelength = electron_wavelength_angstrom if electrons else wavelength_angstrom
    return BeamPlan(
        incident_energy_eV=dataset.incident_energy_keV * 1e3,
        incident_wavelength_angstrom=wavelength(dataset.incident_energy_keV),
        detector_distance_m=dataset.detector_distance_mm * 1e-3,
        sensor_thickness_m=experiment.detector.sensor_thickness_um * 1e-6,
        threshold_energy_eV=_in_eV(frames.threshold_energy_keV),
        energy_per_count_eV=_in_eV(pixels.energy_per_count_keV),
    )


def _in_eV(energy_keV: float | None) -> float | None:  # noqa: N802, N803 (units)
    return None if energy_keV is None else energy_keV * 1e3
