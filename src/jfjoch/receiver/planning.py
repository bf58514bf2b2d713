"""From settings to the plan of a run: the only place where us, mm and keV become SI."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from jfjoch.errors import InvalidInput, OperationFailed
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.experiment import Experiment
from jfjoch.model.plan import AcquisitionPlan, FramePlan, ImagePlan, PixelPlan, RunIdentity

MAX_FRAMES_PER_IMAGE = 256
MAX_FRAMES_PER_RUN = 2**31 - 1
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
    _refuse_unavailable(dataset)
    frames_per_image = _frames_per_image(experiment, dataset)
    pixels = _pixel_plan(experiment, dataset, frames_per_image)
    frames = _frame_plan(experiment, dataset)
    images = _image_plan(frames, frames_per_image, dataset, size)
    saves_calibration = dataset.save_calibration
    if saves_calibration is None:
        saves_calibration = images.image_count >= _LEAST_IMAGES_FOR_CALIBRATION
    return AcquisitionPlan(
        run=claim_run(),
        frames=frames,
        pixels=pixels,
        images=images,
        saves_images=dataset.file_prefix != "",
        saves_calibration=saves_calibration,
    )


def _refuse_unavailable(dataset: DatasetSettings) -> None:
    if dataset.data_reduction_factor_serialmx < 1:
        raise OperationFailed(
            "data_reduction_factor_serialmx below 1 needs indexing, which this version does not"
            " have; leave it out or set it to 1"
        )


def _is_raw(experiment: Experiment) -> bool:
    return not experiment.image_format.jungfrau_conversion


def _frames_per_image_time(experiment: Experiment, dataset: DatasetSettings) -> int:
    """Frames in the image time asked for; raw data ignore it (B041)."""
    frame_time = experiment.detector_settings.frame_time_us
    image_time = dataset.image_time_us or frame_time
    if _is_raw(experiment):
        return 1
    count, rest = divmod(image_time, frame_time)
    if rest or not 1 <= count <= MAX_FRAMES_PER_IMAGE:
        raise InvalidInput(
            f"image_time_us must be a multiple of frame_time_us ({frame_time}), at most"
            f" {MAX_FRAMES_PER_IMAGE} times it ({MAX_FRAMES_PER_IMAGE * frame_time});"
            f" got {image_time}"
        )
    return count


def _frames_per_image(experiment: Experiment, dataset: DatasetSettings) -> int:
    count = _frames_per_image_time(experiment, dataset)
    return count if experiment.image_format.summation else 1


def _frame_plan(experiment: Experiment, dataset: DatasetSettings) -> FramePlan:
    settings = experiment.detector_settings
    # Without summation the same frames come, each as an image of its own (B102).
    per_trigger = dataset.images_per_trigger * _frames_per_image_time(experiment, dataset)
    total = per_trigger * dataset.ntrigger
    if total > MAX_FRAMES_PER_RUN:
        raise InvalidInput(
            f"images_per_trigger x ntrigger asks for {total} frames;"
            f" at most {MAX_FRAMES_PER_RUN} fit into one run"
        )
    from_generator = settings.internal_frame_generator
    waits = settings.timing == "trigger" and not from_generator
    return FramePlan(
        origin="internal_generator" if from_generator else "detector",
        module_count=experiment.detector.module_count,
        frame_count=total,
        frames_per_trigger=per_trigger if waits else total,
        wait_for_trigger=waits,
        frame_time_s=settings.frame_time_us * 1e-6,
        count_time_s=count_time_us(experiment) * 1e-6,
        paced=True,
        stored_frame_count=settings.internal_frame_generator_images,
        photon_energy_keV=dataset.incident_energy_keV,
    )


def count_time_us(experiment: Experiment) -> int:
    """Exposure of one frame: as set, else as long as the frame time allows (B083)."""
    settings = experiment.detector_settings
    if settings.count_time_us is not None:
        return settings.count_time_us
    return settings.frame_time_us - experiment.detector.effective_readout_time_us


def _pixel_plan(
    experiment: Experiment, dataset: DatasetSettings, frames_per_image: int
) -> PixelPlan:
    image_format = experiment.image_format
    raw = _is_raw(experiment)
    dtype = _dtype(experiment, frames_per_image)
    limits = np.iinfo(dtype)
    signed = limits.min < 0
    factor = image_format.jungfrau_conversion_factor_keV or dataset.incident_energy_keV
    return PixelPlan(
        module_count=experiment.detector.module_count,
        frames_per_image=frames_per_image,
        dtype=dtype,
        error_value=int(limits.min if signed else limits.max),
        saturated_value=int(limits.max),
        saturation_value=int(limits.max) - 1,
        energy_per_count_keV=None if raw else factor,
        assembled=image_format.geometry_transform,
        low_threshold=min(dataset.pixel_value_low_threshold or 0, _HIGHEST_COUNT),
        poisson_factor=dataset.poisson_compression or 0,
        mask_applied=image_format.apply_mask,
    )


def _dtype(experiment: Experiment, frames_per_image: int) -> str:
    """Depth and sign as set, else signed 16 bit up to 2 frames, 32 beyond; raw data unsigned."""
    image_format = experiment.image_format
    signed = image_format.signed_output
    if signed is None:
        signed = not _is_raw(experiment)
    bits = image_format.bit_depth_image
    if bits is None:
        bits = 16 if frames_per_image <= _LONGEST_16_BIT_SUM else 32
    return f"int{bits}" if signed else f"uint{bits}"


def _image_plan(
    frames: FramePlan, frames_per_image: int, dataset: DatasetSettings, size: ImageSize
) -> ImagePlan:
    return ImagePlan(
        image_count=frames.frame_count // frames_per_image,
        height=size.height,
        width=size.width,
        image_time_s=frames.frame_time_s * frames_per_image,
        count_time_s=frames.count_time_s * frames_per_image,
        frame_time_s=frames.frame_time_s,
        compression=dataset.compression,
        images_per_file=dataset.images_per_file,
    )
