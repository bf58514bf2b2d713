"""The calibration in a few numbers per module and storage cell (B174)."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from jfjoch.calibration.gains import HG0, GainMaps
from jfjoch.calibration.pedestals import HIGHEST_PEDESTAL_ADU, Pedestals
from jfjoch.model.calibration_statistics import CalibrationStatisticsInner
from jfjoch.model.experiment import Experiment
from jfjoch.receiver.mask_in_use import raw_mask_in_use


def calibration_statistics(
    pedestals: Pedestals, gains: GainMaps, experiment: Experiment
) -> list[CalibrationStatisticsInner]:
    """Return an entry for each module and storage cell, module by module.

    The internal generator, with which no pedestals are measured, has pedestal 0 where there are
    none that go with the settings.
    Means are those of pixels that have a pedestal (a gain); 0 where no pixel has. Masked are
    pixels without a usable pedestal or with too much noise in that storage cell.
    """
    settings = experiment.detector_settings
    if settings.internal_frame_generator and pedestals.mismatch(settings) is not None:
        cell_count = settings.jungfrau_storage_cell_count
        pedestals = Pedestals.zero(pedestals.module_count, cell_count)
    gain_means = _gain_means(gains, experiment)
    cells = range(pedestals.storage_cell_count)
    masked = [_masked_pixels(pedestals, cell, experiment) for cell in cells]
    return [
        _entry(module, cell, _pedestal_means(pedestals, cell, module), gain_means[module], counts)
        for module in range(pedestals.module_count)
        for cell, counts in zip(cells, masked, strict=True)
    ]


def _entry(
    module: int,
    cell: int,
    pedestal_means: Sequence[float],
    gain_means: Sequence[float],
    masked: NDArray[np.int64],
) -> CalibrationStatisticsInner:
    return CalibrationStatisticsInner(
        module_number=module,
        storage_cell_number=cell,
        pedestal_g0_mean=pedestal_means[0],
        pedestal_g1_mean=pedestal_means[1],
        pedestal_g2_mean=pedestal_means[2],
        gain_g0_mean=gain_means[0],
        gain_g1_mean=gain_means[1],
        gain_g2_mean=gain_means[2],
        masked_pixels=int(masked[module]),
    )


def _pedestal_means(pedestals: Pedestals, cell: int, module: int) -> list[float]:
    stages = pedestals.mean_adu[:, cell, module]
    return [_mean(stage, stage <= HIGHEST_PEDESTAL_ADU) for stage in stages]


def _gain_means(gains: GainMaps, experiment: Experiment) -> list[list[float]]:
    """Return the means of G0, G1 and G2 as a run would use them, for each module."""
    stage_0 = HG0 if experiment.detector_settings.jungfrau_use_gain_hg0 else 0
    return [[_gain_mean(module[stage]) for stage in (stage_0, 1, 2)] for module in gains.maps]


def _gain_mean(gain: NDArray[np.float64]) -> float:
    return _mean(gain, np.isfinite(gain) & (gain != 0))


def _mean(values: NDArray[np.floating], known: NDArray[np.bool_]) -> float:
    return float(values.mean(dtype=np.float64, where=known)) if known.any() else 0.0


def _masked_pixels(pedestals: Pedestals, cell: int, experiment: Experiment) -> NDArray[np.int64]:
    """Count pixels for each module, [modules], as if there were only this storage cell."""
    one = slice(cell, cell + 1)
    alone = replace(
        pedestals, mean_adu=pedestals.mean_adu[:, one], rms_adu=pedestals.rms_adu[:, one]
    )
    nobody = np.zeros(alone.mean_adu.shape[2:], np.bool_)
    mask = raw_mask_in_use(nobody, alone, _of_one_cell_without_edges(experiment))
    return np.asarray(np.count_nonzero(mask, axis=(1, 2)))


def _of_one_cell_without_edges(experiment: Experiment) -> Experiment:
    edges = {"mask_module_edges": False, "mask_chip_edges": False}
    return replace(
        experiment,
        image_format=experiment.image_format.model_copy(update=edges),
        detector_settings=experiment.detector_settings.model_copy(
            update={"jungfrau_storage_cell_count": 1}
        ),
    )
