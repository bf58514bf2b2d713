"""The running estimate of one stage's pedestal from dark frames."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from jfjoch.calibration.pedestals import StageIndex, StagePedestal, measured_stage
from jfjoch.errors import PedestalRefused
from jfjoch.kernels import pedestal as kernels
from jfjoch.kernels.counts import MODULE_SHAPE
from jfjoch.model.plan import GainStage

GAIN_BITS = (np.uint16(0x0000), np.uint16(0x4000), np.uint16(0xC000))
"""Bits 15-14 of a raw pixel in G0, G1, G2."""
_WRONG_SAMPLES_ALLOWED = (kernels.MOST_WRONG_ALLOWED, 0, 0)
"""Per stage; a G0 pixel may be hit by something, a forced switch may not fail."""
_PIXELS = MODULE_SHAPE[0] * MODULE_SHAPE[1]


class PedestalEstimator:
    """Mean and RMS of one stage, all modules, one storage cell.

    Only complete frames of a module may be added: missing packets look like pixels. Different
    modules may be added by different threads at the same time, one module by one thread.
    """

    def __init__(self, module_count: int, gain_stage: GainStage, storage_cell: int = 0) -> None:
        self._stage: StageIndex = measured_stage(gain_stage)
        self._storage_cell = storage_cell
        self._modules = [_ModuleSums() for _ in range(module_count)]

    @property
    def frame_counts(self) -> tuple[int, ...]:
        """Complete frames per module so far."""
        return tuple(module.frame_count for module in self._modules)

    def add_frame(self, frame: NDArray[np.uint16]) -> None:
        """Add a frame of which all modules are complete, [modules, 512, 1024]."""
        for module, raw in enumerate(frame):
            self.add_module(module, raw)

    def add_module(self, module: int, raw: NDArray[np.uint16]) -> None:
        """Add one module's complete frame, C-contiguous [512, 1024] with gain bits."""
        self._modules[module].add(raw, GAIN_BITS[self._stage])

    def result(self, min_frame_count: int) -> StagePedestal:
        """Return the estimate; pixels that were in another stage too often are NaN.

        Raises:
            PedestalRefused: a module has fewer complete frames than ``min_frame_count``.
        """
        for module, count in enumerate(self.frame_counts):
            if count < min_frame_count:
                raise PedestalRefused(
                    f"pedestal G{self._stage} refused: module {module}, storage cell "
                    f"{self._storage_cell} has {count} complete frames of the "
                    f"{min_frame_count} needed "
                    "(jungfrau_pedestal_min_image_count); check its packets or take more frames"
                )
        shape = (len(self._modules), *MODULE_SHAPE)
        mean_adu, rms_adu = np.empty(shape, np.float32), np.empty(shape, np.float32)
        measured = StagePedestal(self._stage, self._storage_cell, mean_adu, rms_adu)
        allowed = _WRONG_SAMPLES_ALLOWED[self._stage]
        for sums, mean, rms in zip(self._modules, measured.mean_adu, measured.rms_adu, strict=True):
            sums.estimate(allowed, mean.reshape(-1), rms.reshape(-1))
        return measured


@dataclass(slots=True, eq=False)
class _ModuleSums:
    """Sums of one module, one value per pixel, see ``kernels.pedestal``."""

    frame_count: int = 0
    reference: NDArray[np.uint16] = field(default_factory=lambda: np.zeros(_PIXELS, np.uint16))
    wrong: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(_PIXELS, np.uint8))
    total: NDArray[np.float32] = field(default_factory=lambda: np.zeros(_PIXELS, np.float32))
    squares: NDArray[np.float32] = field(default_factory=lambda: np.zeros(_PIXELS, np.float32))

    def add(self, raw: NDArray[np.uint16], gain_bits: np.uint16) -> None:
        samples = raw.reshape(-1)
        if self.frame_count <= kernels.MOST_WRONG_ALLOWED:
            # Later there is no pixel without a good sample that could still be accepted.
            kernels.set_reference(samples, gain_bits, self.frame_count, self.wrong, self.reference)
        kernels.accumulate(
            samples,
            gain_bits,
            self.frame_count,
            self.reference,
            self.wrong,
            self.total,
            self.squares,
        )
        self.frame_count += 1

    def estimate(
        self, allowed_wrong: int, mean: NDArray[np.float32], rms: NDArray[np.float32]
    ) -> None:
        kernels.estimate(
            self.frame_count,
            allowed_wrong,
            self.reference,
            self.wrong,
            self.total,
            self.squares,
            mean,
            rms,
        )
