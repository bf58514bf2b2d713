"""What is decided for runs of an EIGER only."""

from dataclasses import replace

from jfjoch.errors import InvalidInput
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.eiger_counter import EigerCounter, ReadoutBits
from jfjoch.model.experiment import Experiment
from jfjoch.receiver.detector_limits import check_detector_settings
from jfjoch.receiver.frame_counts import MAX_FRAMES_PER_IMAGE

_SHORTEST_16_BIT_US = 500
_SHORTEST_32_BIT_US = 2622
"""Image times from which on counters of less depth may be too small."""
_THRESHOLD_OF_ENERGY = 0.5
"""A photon that shares its charge between two pixels is counted by exactly one of them."""


def with_frame_time_of_run(experiment: Experiment, dataset: DatasetSettings) -> Experiment:
    """Return the settings of this run; ``frame_time_us`` of an EIGER is only a default (B082).

    An image time that is a multiple of it is made of several frames, as with a JUNGFRAU. Any
    other is the time of a single frame: counting longer costs no noise.

    Raises InvalidInput for an image time no single frame can have.
    """
    settings = experiment.detector_settings
    image_time = dataset.image_time_us
    if not image_time or not _is_eiger(experiment):
        return experiment
    count, rest = divmod(image_time, settings.frame_time_us)
    if rest == 0 and count <= MAX_FRAMES_PER_IMAGE:
        return experiment
    of_run = settings.model_copy(update={"frame_time_us": image_time})
    try:
        check_detector_settings(experiment.detector, of_run)
    except InvalidInput as error:
        raise InvalidInput(
            f"image_time_us {image_time} is no multiple of frame_time_us"
            f" ({settings.frame_time_us}), and can't be the time of one frame: {error}"
        ) from error
    return replace(experiment, detector_settings=of_run)


def counter_of_run(experiment: Experiment, dataset: DatasetSettings) -> EigerCounter | None:
    """Choose the read-out depth: as set, else by the image time (B089); None for a JUNGFRAU."""
    if not _is_eiger(experiment):
        return None
    settings = experiment.detector_settings
    image_time = dataset.image_time_us or settings.frame_time_us
    return EigerCounter(settings.eiger_bit_depth or _automatic_bits(image_time))


def threshold_of_run_keV(  # noqa: N802 (unit)
    experiment: Experiment, dataset: DatasetSettings
) -> float | None:
    """Return the energy from which photons are counted: as set, else half of theirs (B088)."""
    if not _is_eiger(experiment):
        return None
    threshold = experiment.detector_settings.eiger_threshold_keV
    return threshold or _THRESHOLD_OF_ENERGY * dataset.incident_energy_keV


def saturation_value(
    counter: EigerCounter | None, frames_per_image: int, largest_value: int
) -> int:
    """Return the lowest count of an image that is written as saturated.

    One less than ``largest_value`` of the pixel type, which says "saturated" itself. Frames that
    are images by themselves end where the counters do.
    """
    highest = largest_value - 1
    if counter is None or counter.limit is None or frames_per_image > 1:
        return highest
    return min(counter.limit, highest)


def _is_eiger(experiment: Experiment) -> bool:
    return experiment.detector.type == "EIGER"


def _automatic_bits(image_time_us: int) -> ReadoutBits:
    if image_time_us < _SHORTEST_16_BIT_US:
        return 8
    return 16 if image_time_us < _SHORTEST_32_BIT_US else 32
