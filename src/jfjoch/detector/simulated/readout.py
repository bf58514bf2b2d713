"""From photons to raw pixels, with fresh noise."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.calibration.pedestal_estimator import GAIN_BITS
from jfjoch.calibration.pedestals import MODULE_SHAPE, StageIndex, measured_stage
from jfjoch.detector.simulated.random_stream import random_stream
from jfjoch.detector.simulated.sensor import Sensor
from jfjoch.kernels import simulation as kernels
from jfjoch.model.plan import GainStage

_NOISE_TABLE_SIZE = 1 << 18
"""1 MiB of float32: large against a row, small enough for a second-level cache."""


class Readout:
    """Reads a ``Sensor`` out.

    Noise comes from one table, entered at a random place for every row of every frame: as good
    as independent for averages over frames, and as quick as a copy of a few frames.
    """

    def __init__(self, sensor: Sensor, seed: int) -> None:
        self._sensor = sensor
        noise = random_stream(seed, "noise table").standard_normal(_NOISE_TABLE_SIZE)
        # Without an offset or scale of its own the table can't shift what is measured with it.
        self._noise = ((noise - noise.mean()) / noise.std()).astype(np.float32)

    def dark(self, stage: StageIndex, frame: NDArray[np.uint16], rng: np.random.Generator) -> None:
        """Write a frame without light, [modules, 512, 1024], all pixels in one stage."""
        pedestals, rms = self._sensor.pedestals_adu[stage], self._sensor.rms_adu[stage]
        for module, offsets in enumerate(self._row_offsets(rng)):
            kernels.read_out_dark(
                pedestals[module], rms[module], GAIN_BITS[stage], self._noise, offsets,
                frame[module],
            )  # fmt: skip

    def light(
        self,
        charge_keV: NDArray[np.float32],  # noqa: N803 (unit)
        gain_stage: GainStage,
        frame: NDArray[np.uint16],
        rng: np.random.Generator,
    ) -> None:
        """Write a frame, [modules, 512, 1024], in which light left ``charge_keV`` per pixel."""
        stage = kernels.DYNAMIC if gain_stage == "dynamic" else measured_stage(gain_stage)
        sensor = self._sensor
        for module, offsets in enumerate(self._row_offsets(rng)):
            kernels.read_out_light(
                charge_keV[module],
                stage,
                sensor.pedestals_adu[:, module],
                sensor.rms_adu[:, module],
                sensor.gains.maps[module],
                self._noise,
                offsets,
                frame[module],
            )

    def _row_offsets(self, rng: np.random.Generator) -> NDArray[np.int64]:
        rows, columns = MODULE_SHAPE
        return rng.integers(0, self._noise.size - columns, (self._sensor.module_count, rows))
