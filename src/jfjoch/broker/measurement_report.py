"""What is said about a run: its end in one line, and GET /statistics/data_collection."""

from typing import Literal

from jfjoch.messages.start import UnitCell
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.plan import AcquisitionPlan
from jfjoch.model.status import MeasurementStatistics
from jfjoch.receiver.run_statistics import RunCounts

_PIXEL_DEPTH: dict[str, Literal[2, 4]] = {"int16": 2, "uint16": 2, "int32": 4, "uint32": 4}


def run_summary(plan: AcquisitionPlan, counts: RunCounts) -> str:
    """One line: how many images were expected, collected, sent, written."""
    parts = [f"{counts.images_collected} of {counts.images_expected} images collected"]
    if counts.images_lost:
        parts.append(f"{counts.images_lost} lost as frames of them were")
    if counts.packets_missing:
        parts.append(f"{counts.packets_missing} of {counts.packets_expected} packets missing")
    if counts.images_not_searched:
        parts.append(f"{counts.images_not_searched} not indexed for lack of time")
    if plan.saves_images:
        parts.append(f"{counts.images_sent} sent")
        if counts.images_dropped:
            parts.append(f"{counts.images_dropped} dropped as the writer was too slow")
    if counts.images_discarded:
        parts.append(f"{counts.images_discarded} left out by data reduction")
    if counts.images_written is not None:
        parts.append(f"{counts.images_written} written")
    return f"run {plan.run.number}: {', '.join(parts)}"


def is_whole(plan: AcquisitionPlan, counts: RunCounts) -> bool:
    """Tell whether a run that is over has every image it was to have, with all pixels."""
    dropped = counts.images_dropped if plan.saves_images else 0
    complete = counts.images_collected == counts.images_expected and not counts.packets_missing
    return complete and not dropped


def loss_summary(plan: AcquisitionPlan, counts: RunCounts) -> str:
    """One line: what a failed run has lost, and where."""
    if not plan.saves_images:
        return run_summary(plan, counts)
    lost = []
    if counts.images_written is None:
        lost.append("how many of them were written is not known")
    elif counts.images_sent > counts.images_written:
        lost.append(f"{counts.images_sent - counts.images_written} sent images lost")
    if counts.images_not_sent:
        lost.append(f"{counts.images_not_sent} collected images not sent")
    return f"{run_summary(plan, counts)}; {', '.join(lost) or 'no collected image lost'}"


def measurement_statistics(
    plan: AcquisitionPlan, dataset: DatasetSettings, counts: RunCounts, cancelled: bool
) -> MeasurementStatistics:
    """Statistics of a run, running or over (B171). 8-bit images have no depth in the contract."""
    return MeasurementStatistics(
        file_prefix=dataset.file_prefix,
        run_number=plan.run.number,
        experiment_group=dataset.experiment_group,
        images_expected=counts.images_expected,
        images_collected=counts.images_collected,
        images_sent=counts.images_sent,
        images_discarded_lossy_compression=counts.images_discarded,
        max_image_number_sent=counts.max_image_number,
        collection_efficiency=counts.efficiency,
        compression_ratio=counts.compression_ratio,
        cancelled=cancelled,
        max_receiver_delay=counts.max_receiver_delay,
        detector_width=plan.images.width,
        detector_height=plan.images.height,
        detector_pixel_depth=_PIXEL_DEPTH.get(plan.pixels.dtype),
        indexing_rate=counts.analysis.indexing_rate,
        bkg_estimate=counts.analysis.bkg_estimate,
        unit_cell=_cell_text(counts.analysis.mean_cell),
    )


def _cell_text(cell: UnitCell | None) -> str | None:
    """Lengths in Angstrom and angles in degrees, in the order a b c alpha beta gamma."""
    if cell is None:
        return None
    numbers = (cell.a, cell.b, cell.c, cell.alpha, cell.beta, cell.gamma)
    return " ".join(f"{number:.2f}" for number in numbers)
