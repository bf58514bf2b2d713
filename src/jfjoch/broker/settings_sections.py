"""The parts of the settings that can be changed over HTTP, one by one.

A new one is a line here: it is kept over restarts then, and is part of every snapshot.
"""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from jfjoch.broker.state_machine import Command
from jfjoch.model.azim_int import DEFAULT_AZIM_INT, AzimIntSettings
from jfjoch.model.base import Settings
from jfjoch.model.configuration import JfjochSettings
from jfjoch.model.detector_settings import DEFAULT_DETECTOR_SETTINGS, DetectorSettings
from jfjoch.model.image_format import DEFAULT_IMAGE_FORMAT, ImageFormatSettings
from jfjoch.model.instrument import DEFAULT_INSTRUMENT, InstrumentMetadata
from jfjoch.model.roi import NO_ROI, RoiDefinitions
from jfjoch.model.spot_finding import DEFAULT_SPOT_FINDING, SpotFindingSettings
from jfjoch.model.zeromq import (
    DEFAULT_METADATA,
    DEFAULT_PREVIEW,
    ZeromqMetadataSettings,
    ZeromqPreviewSettings,
)

S = TypeVar("S", bound=Settings)


@dataclass(frozen=True, slots=True)
class Section(Generic[S]):
    """A part of the settings."""

    name: str
    """Its key in ``settings.json``, and in the configuration file if it can stand there."""
    model: type[S]
    default: S
    """In force until something else is said."""

    def configured(self, configuration: JfjochSettings) -> S | None:
        """Return what the configuration file says of it, if anything."""
        value: Any = getattr(configuration, self.name, None)
        return value if isinstance(value, self.model) else None


@dataclass(frozen=True, slots=True)
class PlainSection(Section[S]):
    """One of which a change is kept, and nothing else follows."""

    command: Command
    """Decides in which states it may be changed."""


DETECTOR_SETTINGS = Section("detector_settings", DetectorSettings, DEFAULT_DETECTOR_SETTINGS)
IMAGE_FORMAT = PlainSection(
    "image_format", ImageFormatSettings, DEFAULT_IMAGE_FORMAT, "put_settings"
)
INSTRUMENT = PlainSection("instrument", InstrumentMetadata, DEFAULT_INSTRUMENT, "put_settings")
AZIM_INT = PlainSection("azim_int", AzimIntSettings, DEFAULT_AZIM_INT, "put_azim_int")
SPOT_FINDING = PlainSection("spot_finding", SpotFindingSettings, DEFAULT_SPOT_FINDING, "put_live")
ROI = PlainSection("roi", RoiDefinitions, NO_ROI, "put_settings")
ZEROMQ_PREVIEW = PlainSection("zeromq_preview", ZeromqPreviewSettings, DEFAULT_PREVIEW, "put_live")
ZEROMQ_METADATA = PlainSection(
    "zeromq_metadata", ZeromqMetadataSettings, DEFAULT_METADATA, "put_live"
)

SECTIONS: tuple[Section[Any], ...] = (
    DETECTOR_SETTINGS,
    IMAGE_FORMAT,
    INSTRUMENT,
    AZIM_INT,
    SPOT_FINDING,
    ROI,
    ZEROMQ_PREVIEW,
    ZEROMQ_METADATA,
)
"""All of them."""
