"""From photons to raw pixels, with fresh noise."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.calibration.pedestal_estimator import GAIN_BITS
from jfjoch.calibration.pedestals import StageIndex, measured_stage
from jfjoch.detector.simulated.random_stream import random_stream
from jfjoch.detector.simulated.sensor import PixelTruth
from jfjoch.kernels import simulation as kernels
from jfjoch.kernels.counts import MODULE_SHAPE
from jfjoch.model.plan import GainStage

_NOISE_TABLE_SIZE = 1 << 18
"""1 MiB of float32: large against a row, small enough for a second-level cache."""


class Readout:
    """Turns what is true about pixels into frames.

    Noise comes from one table, entered at a random place for every row of every frame: as good
    as independent for averages over frames, and as quick as a copy of a few frames.
    """

    def __init__(self, seed: int) -> None:
        noise = random_stream(seed, "noise table").standard_normal(_NOISE_TABLE_SIZE)
        # Without an offset or scale of its own the table can't shift what is measured with it.
        self._noise = ((noise - noise.mean()) / noise.std()).astype(np.float32)

    def dark(
        self,
        truth: PixelTruth,
        stage: StageIndex,
        frame: NDArray[np.uint16],
        rng: np.random.Generator,
    ) -> None:
        """Write a frame without light, [modules, 512, 1024], all pixels in one stage."""
        for module, offsets in enumerate(self._row_offsets(len(frame), rng)):
            kernels.read_out_dark(
                truth.pedestals_adu[module, stage],
                truth.rms_adu[module, stage],
                GAIN_BITS[stage],
                self._noise,
                offsets,
                frame[module],
            )

    def light(
        self,
        truth: PixelTruth,
        charge_keV: NDArray[np.float32],  # noqa: N803 (unit)
        gain_stage: GainStage,
        frame: NDArray[np.uint16],
        rng: np.random.Generator,
    ) -> None:
        """Write a frame, [modules, 512, 1024], in which light left ``charge_keV`` per pixel."""
        stage = kernels.DYNAMIC if gain_stage == "dynamic" else measured_stage(gain_stage)
        for module, offsets in enumerate(self._row_offsets(len(frame), rng)):
            kernels.read_out_light(
                charge_keV[module],
                stage,
                truth.pedestals_adu[module],
                truth.rms_adu[module],
                truth.gains_adu_per_keV[module],
                self._noise,
                offsets,
                frame[module],
            )

    def _row_offsets(self, module_count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        rows, columns = MODULE_SHAPE
        return rng.integers(0, self._noise.size - columns, (module_count, rows))
