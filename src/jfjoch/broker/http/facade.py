"""What the HTTP interface asks of the broker, and how an operation gets hold of it."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Annotated, Protocol

import numpy as np
from fastapi import Depends, Request
from numpy.typing import NDArray

from jfjoch.broker.settings_sections import PlainSection, S, Section
from jfjoch.broker.waits import OperationWaits
from jfjoch.model.calibration_statistics import CalibrationStatisticsInner
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.detector_list import DetectorList
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.detector_status import DetectorStatus
from jfjoch.model.fpga_status import FpgaStatusInner
from jfjoch.model.plot import BinnedPlot, Plots
from jfjoch.model.preview import PreviewSettings
from jfjoch.model.statistics import JfjochStatistics
from jfjoch.model.status import BrokerStatus, MeasurementStatistics
from jfjoch.model.zeromq import ZeromqMetadataSettings, ZeromqPreviewSettings


class PlotsFacade(Protocol):
    """What a run shows over its images, while it goes on and after it."""

    def binned(self, name: BinnedPlot, binning: int = 0) -> Plots:
        """Return a plot over image numbers, ``binning`` images per point; 0 = default."""

    def azim_int(self) -> Plots:
        """Return the mean azimuthal profile."""


class SettingsFacade(Protocol):
    """Settings that can be changed by themselves."""

    def get(self, section: Section[S]) -> S:
        """Return the settings in force."""

    def put(self, section: PlainSection[S], settings: S) -> None:
        """Use others from now on."""

    def change(self, section: PlainSection[S], changed: Callable[[S], S]) -> None:
        """Use what ``changed`` makes of the present ones."""


class StreamsFacade(Protocol):
    """Settings of the streams for whoever listens; the address is only ever told."""

    def preview(self) -> ZeromqPreviewSettings:
        """Settings of the preview stream in force."""

    def set_preview(self, settings: ZeromqPreviewSettings) -> None:
        """Use others at once."""

    def metadata(self) -> ZeromqMetadataSettings:
        """Settings of the metadata stream in force."""

    def set_metadata(self, settings: ZeromqMetadataSettings) -> None:
        """Use others at once."""


class PreviewsFacade(Protocol):
    """Pictures to come, encoded in a thread of their own; None where there is nothing to show."""

    def jpeg(self, settings: PreviewSettings | None = None) -> Future[bytes] | None:
        """Draw the last image; without settings with the contrast that suits it."""

    def tiff(self) -> Future[bytes] | None:
        """Give the last image as it is."""

    def calibration_tiff(self) -> Future[bytes] | None:
        """Give the last image for the calibration of the geometry."""

    def pedestal_tiff(self, stage: int, storage_cell: int) -> Future[bytes] | None:
        """Give the pedestal in use of one gain stage and storage cell."""


class ReportFacade(Protocol):
    """What watchers are told."""

    def detector_status(self) -> DetectorStatus | None:
        """Return what the detector says; None while it is Inactive. Raises DetectorError."""

    def fpga_status(self) -> list[FpgaStatusInner]:
        """Return the devices that bring frames in."""

    def calibration(self) -> list[CalibrationStatisticsInner]:
        """Return an entry per module and storage cell; none before the first initialize."""

    def pulse_ids(self) -> NDArray[np.int64] | None:
        """Return one per image of the last run; None where there were no pulses."""

    def event_codes(self) -> NDArray[np.int64] | None:
        """Return one per image of the last run; None where there were no pulses."""

    def statistics(self) -> JfjochStatistics:
        """Return everything, as it is at one moment."""


class BrokerFacade(Protocol):
    """The broker as its users see it. Every method is thread-safe.

    Commands raise WrongState where they are not allowed, InvalidInput for what can't be used and
    OperationFailed for what did not work; then nothing was changed.
    """

    @property
    def waits(self) -> OperationWaits:
        """Where the end of an operation is awaited."""

    @property
    def settings(self) -> SettingsFacade:
        """Those that are changed without more ado."""

    @property
    def streams(self) -> StreamsFacade:
        """Settings of the preview and the metadata stream."""

    @property
    def report(self) -> ReportFacade:
        """What watchers are told."""

    @property
    def plots(self) -> PlotsFacade:
        """Of the present or last run; empty before the first."""

    @property
    def previews(self) -> PreviewsFacade:
        """Of the last image and of the pedestal."""

    def initialize(self) -> None:
        """Begin to get the detector ready."""

    def pedestal(self) -> None:
        """Begin to measure the pedestal."""

    def start(self, dataset: DatasetSettings) -> None:
        """Arm the detector; returns when it is ready for triggers."""

    def trigger(self) -> None:
        """Release the images of one trigger, where a run waits for one."""

    def cancel(self) -> None:
        """Ask what runs now to end early."""

    def deactivate(self) -> None:
        """Switch the detector off; returns when it is."""

    def status(self) -> BrokerStatus:
        """State, progress, and what became of the last operation."""

    def measurement_statistics(self) -> MeasurementStatistics | None:
        """Figures of the last run; None before the first."""

    def detector_settings(self) -> DetectorSettings:
        """Read-out settings in use."""

    def set_detector_settings(self, settings: DetectorSettings) -> None:
        """Change them; in Idle this begins a pedestal."""

    def detector_list(self) -> DetectorList:
        """The configured detectors, and which of them is in use."""

    def select_detector(self, detector_id: int) -> None:
        """Use another detector; returns when the one before is off."""

    def upload_generator_image(self, image_id: int, pixels: bytes | NDArray[np.uint16]) -> None:
        """Store one frame of the internal generator."""

    def pixel_mask(self) -> NDArray[np.uint32]:
        """Mask of the images, [height, width]."""

    def user_mask(self) -> NDArray[np.uint32]:
        """What was uploaded as a mask, [height, width] of the images, 1 = masked."""

    def upload_user_mask(self, pixels: bytes | NDArray[np.uint32]) -> None:
        """Mask the pixels that are not 0, and no others any more."""


async def _broker_of(request: Request) -> BrokerFacade:
    broker: BrokerFacade = request.app.state.broker
    return broker


Broker = Annotated[BrokerFacade, Depends(_broker_of)]
"""Type of an operation's parameter that is given the broker."""


async def _streams_of(request: Request) -> StreamsFacade:
    broker: BrokerFacade = request.app.state.broker
    return broker.streams


Streams = Annotated[StreamsFacade, Depends(_streams_of)]
"""Type of an operation's parameter that is given the settings of the streams."""


async def _plots_of(request: Request) -> PlotsFacade:
    broker: BrokerFacade = request.app.state.broker
    return broker.plots


PlotsOfRun = Annotated[PlotsFacade, Depends(_plots_of)]
"""Type of an operation's parameter that is given the plots of the present or last run."""


async def _settings_of(request: Request) -> SettingsFacade:
    broker: BrokerFacade = request.app.state.broker
    return broker.settings


SettingsInForce = Annotated[SettingsFacade, Depends(_settings_of)]
"""Type of an operation's parameter that is given the settings."""


async def _previews_of(request: Request) -> PreviewsFacade:
    broker: BrokerFacade = request.app.state.broker
    return broker.previews


PreviewsOfBroker = Annotated[PreviewsFacade, Depends(_previews_of)]
"""Type of an operation's parameter that is given the previews."""


async def _report_of(request: Request) -> ReportFacade:
    broker: BrokerFacade = request.app.state.broker
    return broker.report


Report = Annotated[ReportFacade, Depends(_report_of)]
"""Type of an operation's parameter that is given what watchers are told."""
