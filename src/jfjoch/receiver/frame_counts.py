"""How many frames a run has, and how they are shared among images and triggers."""

from dataclasses import dataclass

from jfjoch.errors import InvalidInput
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.experiment import Experiment

MAX_FRAMES_PER_IMAGE = 256
MAX_FRAMES_PER_RUN = 2**31 - 1


@dataclass(frozen=True, slots=True)
class FrameCounts:
    """Frames of one run."""

    per_image: int
    per_trigger: int
    total: int


def frame_counts(experiment: Experiment, dataset: DatasetSettings) -> FrameCounts:
    """Count the frames as detector and source allow.

    Storage cells: one frame of every cell per trigger, no sums, image_time_us is ignored (B035,
    B041). Else pulsed source: one frame per trigger, an image may be the sum over several (B040).
    Else images_per_trigger images per trigger.

    Raises InvalidInput when the image time does not go with the frame time, or the triggers not
    with the sums.
    """
    cells = storage_cell_count(experiment)
    if cells > 1:
        counts = FrameCounts(1, cells, cells * dataset.ntrigger)
    elif experiment.instrument.pulsed_source:
        counts = FrameCounts(_per_image(experiment, dataset), 1, dataset.ntrigger)
    else:
        # Without summation the same frames come, each as an image of its own (B102).
        per_trigger = dataset.images_per_trigger * _in_image_time(experiment, dataset)
        per_image = _per_image(experiment, dataset)
        counts = FrameCounts(per_image, per_trigger, per_trigger * dataset.ntrigger)
    _check(counts)
    return counts


def storage_cell_count(experiment: Experiment) -> int:
    """Return how many are in use; only a JUNGFRAU has more than one."""
    if experiment.detector.type != "JUNGFRAU":
        return 1
    return experiment.detector_settings.jungfrau_storage_cell_count


def is_raw(experiment: Experiment) -> bool:
    """Tell whether images are to be frames as they came; those of an EIGER are counts anyway."""
    is_jungfrau = experiment.detector.type == "JUNGFRAU"
    return is_jungfrau and not experiment.image_format.jungfrau_conversion


def _per_image(experiment: Experiment, dataset: DatasetSettings) -> int:
    count = _in_image_time(experiment, dataset)
    return count if experiment.image_format.summation else 1


def _in_image_time(experiment: Experiment, dataset: DatasetSettings) -> int:
    """Frames in the image time asked for; raw data ignore it (B041)."""
    frame_time = experiment.detector_settings.frame_time_us
    image_time = dataset.image_time_us or frame_time
    if is_raw(experiment):
        return 1
    count, rest = divmod(image_time, frame_time)
    if rest or not 1 <= count <= MAX_FRAMES_PER_IMAGE:
        raise InvalidInput(
            f"image_time_us must be a multiple of frame_time_us ({frame_time}), at most"
            f" {MAX_FRAMES_PER_IMAGE} times it ({MAX_FRAMES_PER_IMAGE * frame_time});"
            f" got {image_time}"
        )
    return count


def _check(counts: FrameCounts) -> None:
    if counts.total > MAX_FRAMES_PER_RUN:
        raise InvalidInput(
            f"images_per_trigger x ntrigger asks for {counts.total} frames;"
            f" at most {MAX_FRAMES_PER_RUN} fit into one run"
        )
    if counts.total % counts.per_image:
        raise InvalidInput(
            f"with a pulsed source each trigger gives one frame, and {counts.per_image} are summed"
            f" to an image: ntrigger must be a multiple of {counts.per_image};"
            f" got {counts.total}"
        )
