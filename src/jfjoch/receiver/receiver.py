"""Builds runs: what lives as long as the broker (memory, threads) and what is made per run."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from jfjoch.calibration.gains import GainMaps
from jfjoch.calibration.pedestals import Pedestals
from jfjoch.detector.base import FrameSource
from jfjoch.detector.processors import ANYWHERE, Processors
from jfjoch.errors import FileRefused, InvalidInput
from jfjoch.geometry.modules import module_layout
from jfjoch.geometry.pixel_mask import image_pixel_mask
from jfjoch.messages.ports import ImageSink, RunObserver
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.experiment import Experiment
from jfjoch.model.plan import AcquisitionPlan, FrameOrigin, RunIdentity
from jfjoch.model.spot_finding import DEFAULT_SPOT_FINDING, SpotFindingSettings
from jfjoch.nxmx.file_prefix import check_prefix
from jfjoch.processing.conversion_tables import ConversionTables
from jfjoch.processing.fixed_gain import fixed_gain_tables
from jfjoch.processing.image_analysis import AnalysisTables, ImageAnalyser
from jfjoch.processing.pipeline import ImagePipeline
from jfjoch.receiver.calibration_messages import calibration_messages
from jfjoch.receiver.data_reduction import DataReduction
from jfjoch.receiver.frame_buffer import FrameBuffer
from jfjoch.receiver.image_builder import ImageBuilder
from jfjoch.receiver.image_queue import ImageQueue
from jfjoch.receiver.image_release import ImageRelease
from jfjoch.receiver.image_worker import ImageWorker
from jfjoch.receiver.indexing_budget import IndexingBudget
from jfjoch.receiver.mask_in_use import raw_mask_in_use
from jfjoch.receiver.measurement import Measurement, MeasurementParts
from jfjoch.receiver.pedestals_in_use import pedestals_in_use
from jfjoch.receiver.planning import ImageSize, plan_acquisition
from jfjoch.receiver.pulse_record import PulseRecord
from jfjoch.receiver.run_plots import RunPlots
from jfjoch.receiver.run_statistics import RunStatistics
from jfjoch.receiver.start_message import CalibrationInUse, start_message
from jfjoch.stream.cbor.appendix import check_appendix

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReceiverOptions:
    """Sizes that do not depend on a run."""

    worker_count: int
    frame_buffer_bytes: int
    queue_length: int
    """Finished images that may wait for the sender."""
    processors: Processors = ANYWHERE
    """Where threads of workers run."""


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Calibration of one run; it does not change while the run lasts."""

    pedestals: Pedestals
    gains: GainMaps
    user_mask: NDArray[np.bool_]
    """[modules, 512, 1024]: pixels a user does not want."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run is connected to."""

    sources: Callable[[FrameOrigin], FrameSource]
    calibration: Calibration
    sink: ImageSink
    """Where images go when they are to be saved."""
    sink_without_files: ImageSink
    """Where they go when the file prefix is empty."""
    observers: Sequence[RunObserver] = ()
    """Who is shown the images besides."""
    spot_finding: Callable[[], SpotFindingSettings] = lambda: DEFAULT_SPOT_FINDING
    """Settings in force at any time of the run."""


class Receiver:
    """Prepares measurements; one runs at a time, in memory allocated once."""

    def __init__(
        self,
        module_count: int,
        options: ReceiverOptions,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._options = options
        self._clock = clock
        self.frames = FrameBuffer(module_count, options.frame_buffer_bytes)
        """Memory for the frames of any run, one at a time."""

    @property
    def packets_received(self) -> int:
        """Packets of the frames of the present or last run."""
        return self.frames.packets_received

    def prepare(
        self,
        experiment: Experiment,
        dataset: DatasetSettings,
        claim_run: Callable[[], RunIdentity],
        surroundings: Surroundings,
    ) -> Measurement:
        """Make everything a run needs, without starting it.

        Raises InvalidInput or OperationFailed when the run can't be made.
        """
        _check_prefix(dataset.file_prefix)
        check_appendix("header_appendix", dataset.header_appendix)
        check_appendix("image_appendix", dataset.image_appendix)
        layout = module_layout(experiment.detector, experiment.image_format.geometry_transform)
        size = ImageSize(layout.height, layout.width)
        calibration = surroundings.calibration
        pedestals = pedestals_in_use(calibration.pedestals, experiment)
        plan = plan_acquisition(experiment, dataset, size, claim_run)
        raw_mask = raw_mask_in_use(calibration.user_mask, pedestals, experiment)
        mask = image_pixel_mask(layout, raw_mask)
        tables = _tables(plan, pedestals, calibration.gains)
        in_use = CalibrationInUse(mask, calibration.gains.file_names)
        start = start_message(plan, experiment, dataset, in_use, datetime.now(UTC))
        analysis = AnalysisTables.build(layout, mask, experiment, start.geometry, start.sample)
        pipelines = [
            ImagePipeline(
                plan.pixels,
                layout,
                tables,
                mask,
                plan.images.compression,
                ImageAnalyser(analysis, plan.pixels),
            )
            for _ in range(self._options.worker_count)
        ]
        if dataset.data_reduction_factor_serialmx < 1 and not analysis.can_index:
            _logger.warning("data reduction without a unit_cell leaves out images by chance alone")
        plots = RunPlots(experiment.roi.names, experiment.azim_int.bin_to_q)
        return Measurement(
            plan,
            self._parts(plan, pipelines, dataset, surroundings, plots),
            start,
            calibration_messages(plan.run, pedestals) if plan.saves_calibration else [],
            self._clock,
        )

    def _parts(
        self,
        plan: AcquisitionPlan,
        pipelines: Sequence[ImagePipeline],
        dataset: DatasetSettings,
        surroundings: Surroundings,
        plots: RunPlots,
    ) -> MeasurementParts:
        source = surroundings.sources(plan.frames.origin)
        queue = ImageQueue(self._options.queue_length, source.waits)
        statistics = RunStatistics(plan.images.image_count)
        pulses = PulseRecord(plan.images.image_count) if plan.frames.pulsed else None
        records: list[RunObserver] = [plots] if pulses is None else [plots, pulses]
        builder = ImageBuilder(plan, dataset.image_appendix, lambda: queue.free)
        reduction = DataReduction(dataset.data_reduction_factor_serialmx, plan.run.number)
        release = ImageRelease(statistics, records, surroundings.observers, reduction, queue, plots)
        return MeasurementParts(
            source=source,
            frames=self.frames,
            workers=[
                ImageWorker(
                    self.frames,
                    pipeline,
                    builder,
                    release,
                    IndexingBudget(self.frames, source.waits),
                    surroundings.spot_finding,
                )
                for pipeline in pipelines
            ],
            queue=queue,
            sink=surroundings.sink if plan.saves_images else surroundings.sink_without_files,
            statistics=statistics,
            plots=plots,
            pulses=pulses,
            observers=(*records, *surroundings.observers),
            processors=self._options.processors,
        )


def _check_prefix(prefix: str) -> None:
    """Raise InvalidInput for a prefix that no writer takes; empty means no files."""
    if prefix:
        try:
            check_prefix(prefix)
        except FileRefused as error:
            raise InvalidInput(str(error)) from error


def _tables(
    plan: AcquisitionPlan, pedestals: Pedestals, gains: GainMaps
) -> ConversionTables | None:
    """Raw data need none."""
    energy_keV = plan.pixels.energy_per_count_keV  # noqa: N806 (unit)
    if energy_keV is None:
        return None
    if plan.pixels.fixed_gain_g1:
        return fixed_gain_tables(pedestals, gains, energy_keV)
    return ConversionTables.build(pedestals, gains, energy_keV, plan.frames.use_hg0)
