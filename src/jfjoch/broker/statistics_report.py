"""What a watcher is told: detector, devices, calibration, pulses, and all of it at one moment."""

from collections.abc import Callable
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from jfjoch.broker.calibration_report import calibration_statistics
from jfjoch.broker.frame_devices import device_inside, packet_receiver
from jfjoch.broker.moment import Moment, steady_moment
from jfjoch.broker.remembered import Remembered
from jfjoch.broker.settings_sections import (
    DETECTOR_SETTINGS,
    IMAGE_FORMAT,
    INSTRUMENT,
    ROI,
    SPOT_FINDING,
)
from jfjoch.broker.stream_settings import StreamSettings
from jfjoch.errors import DetectorError
from jfjoch.geometry.pixel_mask import mask_statistics
from jfjoch.model.calibration_statistics import CalibrationStatisticsInner
from jfjoch.model.detector_list import DetectorList
from jfjoch.model.detector_status import DetectorStatus
from jfjoch.model.fpga_status import FpgaStatusInner
from jfjoch.model.pixel_mask_statistics import PixelMaskStatistics
from jfjoch.model.statistics import JfjochStatistics
from jfjoch.model.status import BrokerStatus
from jfjoch.receiver.mask_in_use import raw_mask_in_use
from jfjoch.receiver.pulse_record import PulseRecord


class StatisticsReport:
    """Answers from any thread, without delaying what runs.

    Counts of pixels are made once for each calibration, mask and format, not for each watcher.
    """

    def __init__(
        self,
        look: Callable[[], Moment],
        detector_list: Callable[[], DetectorList],
        streams: StreamSettings,
    ) -> None:
        self._look = look
        self._detector_list = detector_list
        self._streams = streams
        self._masked: Remembered[PixelMaskStatistics] = Remembered()
        self._calibrated: Remembered[list[CalibrationStatisticsInner]] = Remembered()

    def detector_status(self) -> DetectorStatus | None:
        """Ask the detector; None while it is Inactive (B145). Raises DetectorError."""
        return _detector_status(steady_moment(self._look))

    def fpga_status(self) -> list[FpgaStatusInner]:
        """Return the devices that bring frames in (B144)."""
        moment = steady_moment(self._look)
        return _devices(moment, moment.status())

    def calibration(self) -> list[CalibrationStatisticsInner]:
        """Return an entry per module and storage cell; none before the first initialize (B174)."""
        return self._calibration(steady_moment(self._look))

    def pixel_mask(self) -> PixelMaskStatistics:
        """Count the masked pixels of the detector, by reason (B175)."""
        return self._pixel_mask(steady_moment(self._look))

    def pulse_ids(self) -> NDArray[np.int64] | None:
        """Return one per image of the present or last run, if that had pulses (B146)."""
        pulses = self._pulses()
        return None if pulses is None else pulses.pulse_ids()

    def event_codes(self) -> NDArray[np.int64] | None:
        """Return one per image of the present or last run, if that had pulses (B147)."""
        pulses = self._pulses()
        return None if pulses is None else pulses.event_codes()

    def statistics(self) -> JfjochStatistics:
        """Return everything, as it is at one moment (B170)."""
        while True:
            moment = steady_moment(self._look)
            report = self._statistics(moment)
            if moment.is_still(self._look()):
                return report

    def _statistics(self, moment: Moment) -> JfjochStatistics:
        measurement, status = moment.measurement_and_status()
        detector = None
        with suppress(DetectorError):  # one that does not answer leaves the rest to be told
            detector = _detector_status(moment)
        return JfjochStatistics(
            detector=detector,
            detector_list=self._detector_list(),
            detector_settings=moment.settings[DETECTOR_SETTINGS],
            image_format_settings=moment.settings[IMAGE_FORMAT],
            instrument_metadata=moment.settings[INSTRUMENT],
            data_processing_settings=moment.settings[SPOT_FINDING],
            measurement=measurement,
            broker=status,
            fpga=_devices(moment, status),
            calibration=self._calibration(moment),
            zeromq_preview=self._streams.preview(),
            zeromq_metadata=self._streams.metadata(),
            pixel_mask=self._pixel_mask(moment),
            roi=moment.settings[ROI],
        )

    def _calibration(self, moment: Moment) -> list[CalibrationStatisticsInner]:
        experiment, gains = moment.experiment, moment.system.calibration.gains
        inputs = (
            moment.pedestals,
            moment.is_initialized,
            gains,
            experiment.detector_settings,
            experiment.image_format,
        )

        def compute() -> list[CalibrationStatisticsInner]:
            if not moment.is_initialized:
                return []
            return calibration_statistics(moment.pedestals, gains, experiment)

        return self._calibrated.get(inputs, compute)

    def _pixel_mask(self, moment: Moment) -> PixelMaskStatistics:
        experiment = moment.experiment
        inputs = (
            moment.user_mask,
            moment.pedestals,
            experiment.detector_settings,
            experiment.image_format,
        )
        return self._masked.get(
            inputs,
            lambda: mask_statistics(
                raw_mask_in_use(moment.user_mask, moment.pedestals, experiment)
            ),
        )

    def _pulses(self) -> PulseRecord | None:
        run = self._look().run
        return None if run is None else run.pulses


def _detector_status(moment: Moment) -> DetectorStatus | None:
    """An Inactive detector is not asked: a real one has no connection yet."""
    if moment.standing.state == "Inactive":
        return None
    return moment.system.control.status()


def _devices(moment: Moment, status: BrokerStatus) -> list[FpgaStatusInner]:
    from_generator = moment.settings[DETECTOR_SETTINGS].internal_frame_generator
    reports = moment.system.packet_receivers()
    if reports and not from_generator:
        return [packet_receiver(report, status.state) for report in reports]
    packets = moment.system.receiver.packets_received
    return [device_inside(from_generator, packets, status.state)]
