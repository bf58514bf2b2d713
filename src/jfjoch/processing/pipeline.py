"""From the raw frames of an image to the compressed image: the steps in order.

convert each frame -> low threshold -> sum -> divide multipixels and place -> analyse -> mask ->
quantise -> count special pixels -> compress.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jfjoch.compression.compressor import Compressor
from jfjoch.geometry.modules import ModuleLayout
from jfjoch.messages.analysis import NO_ANALYSIS, ImageAnalysis
from jfjoch.messages.image import CompressedImage, PixelStatistics
from jfjoch.model.dataset import Compression
from jfjoch.model.eiger_counter import EigerCounter
from jfjoch.model.plan import PixelPlan
from jfjoch.model.spot_finding import DEFAULT_SPOT_FINDING, SpotFindingSettings
from jfjoch.processing.conversion_tables import ConversionTables
from jfjoch.processing.converted_frame import ConvertedFrame
from jfjoch.processing.counter_frame import CounterFrame
from jfjoch.processing.fixed_gain import FixedGainFrame
from jfjoch.processing.frame_step import FrameStep
from jfjoch.processing.image_analysis import ImageAnalyser
from jfjoch.processing.image_target import ImageTarget
from jfjoch.processing.masking import Masking
from jfjoch.processing.quantisation import Quantisation
from jfjoch.processing.raw_frame import RawFrame
from jfjoch.processing.statistics import image_statistics
from jfjoch.processing.summed_counters import SummedCounters
from jfjoch.processing.summed_frames import SummedFrames
from jfjoch.processing.undivided import UndividedCounts, no_undivided


class FinishedImage(NamedTuple):
    """What comes out of a pipeline."""

    image: CompressedImage
    statistics: PixelStatistics
    analysis: ImageAnalysis


class ImagePipeline:
    """One worker's pipeline: it owns the worker's memory and is used for one image after another.

    ``begin``, then ``add_frame`` for each frame of the image, then ``finish``. An image that is
    never finished is forgotten by the next ``begin``. Not thread-safe; tables and mask are only
    read and may be shared.
    """

    def __init__(
        self,
        plan: PixelPlan,
        layout: ModuleLayout,
        tables: ConversionTables | None,
        mask: NDArray[np.uint32],
        compression: Compression,
        analyser: ImageAnalyser | None = None,
    ) -> None:
        """Reserve all memory.

        ``tables`` is None for raw data and counters, and only then. ``mask`` is [height, width]
        of the layout. Without ``analyser`` nothing is looked for in the images.
        """
        _check_shapes(plan, layout, tables, mask)
        self._plan = plan
        self._layout = layout
        self._target = ImageTarget.create(plan, layout)
        self._analyser = analyser
        self._undivided = (
            no_undivided() if analyser is None else UndividedCounts.of(analyser.multipixels)
        )
        self._frames = _frame_step(plan, self._target, tables, self._undivided)
        self._image_steps: list[Masking | Quantisation] = []
        if plan.mask_applied:
            self._image_steps.append(Masking(self._target, mask, plan.error_value))
        if plan.poisson_factor > 0:
            self._image_steps.append(Quantisation(self._target, plan.poisson_factor))
        self._compressor = Compressor(compression)

    @property
    def indexes(self) -> bool:
        """Whether lattices are looked for where the settings ask for it."""
        return self._analyser is not None and self._analyser.indexes

    def begin(self) -> None:
        """Start a new image."""
        self._frames.begin()

    def add_frame(self, frame: NDArray[Any], storage_cell: int = 0) -> None:
        """Take one raw frame [modules, 512, 1024]; it is not needed any more afterwards."""
        if frame.shape != self._layout.raw_shape:
            raise ValueError(f"expected a frame {self._layout.raw_shape}, got {frame.shape}")
        if frame.dtype != self._plan.frame_dtype:
            raise ValueError(f"expected a frame of {self._plan.frame_dtype}, got {frame.dtype}")
        self._frames.add(frame.reshape(-1), storage_cell)

    def finish(self, spot_finding: SpotFindingSettings = DEFAULT_SPOT_FINDING) -> FinishedImage:
        """Return the image of the frames added since ``begin``, at least one.

        ``spot_finding`` is for this image; the next may have other settings.
        """
        self._frames.place()
        analysis = self._analysed(spot_finding)
        for step in self._image_steps:
            step.apply()
        statistics = image_statistics(self._target, self._plan)
        image = self._target.pixels.reshape(self._layout.shape)
        return FinishedImage(self._compressor.compress(image), statistics, analysis)

    def _analysed(self, spot_finding: SpotFindingSettings) -> ImageAnalysis:
        if self._analyser is None:
            return NO_ANALYSIS
        return self._analyser.apply(self._target.pixels, self._undivided.counts, spot_finding)


def _frame_step(
    plan: PixelPlan,
    target: ImageTarget,
    tables: ConversionTables | None,
    undivided: UndividedCounts,
) -> FrameStep:
    if plan.counter is not None:
        return _counter_step(plan, target, plan.counter)
    if tables is None:
        return RawFrame(target, plan.low_threshold, undivided)
    step = _converted_step(plan, target, tables, undivided)
    return FixedGainFrame(step) if plan.fixed_gain_g1 else step


def _converted_step(
    plan: PixelPlan, target: ImageTarget, tables: ConversionTables, undivided: UndividedCounts
) -> FrameStep:
    if plan.frames_per_image == 1:
        return ConvertedFrame(target, tables, plan.low_threshold, undivided)
    return SummedFrames(target, tables, plan.low_threshold, undivided)


def _counter_step(plan: PixelPlan, target: ImageTarget, counter: EigerCounter) -> FrameStep:
    if plan.frames_per_image == 1:
        return CounterFrame(target, plan, counter)
    return SummedCounters(target, plan, counter)


def _check_shapes(
    plan: PixelPlan,
    layout: ModuleLayout,
    tables: ConversionTables | None,
    mask: NDArray[np.uint32],
) -> None:
    """The kernels trust these; a mistake would write outside the image."""
    if (tables is None) != (plan.energy_per_count_keV is None):
        raise ValueError("conversion tables are for converted data, and only for them")
    if tables is None and plan.counter is None and plan.frames_per_image != 1:
        raise ValueError(f"raw data are not summed, but {plan.frames_per_image} frames asked for")
    if tables is not None and tables.pixel_count != np.prod(layout.raw_shape):
        raise ValueError(f"tables of {tables.pixel_count} pixels for frames {layout.raw_shape}")
    if mask.shape != layout.shape:
        raise ValueError(f"expected a mask {layout.shape} as the image, got {mask.shape}")
