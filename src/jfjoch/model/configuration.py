"""The configuration file of the broker (JfjochSettings)."""

from ipaddress import IPv4Address
from typing import Annotated, Literal

from pydantic import Field, field_validator

from jfjoch.model.azim_int import AzimIntSettings
from jfjoch.model.base import Settings
from jfjoch.model.detector import Detector
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.image_format import ImageFormatSettings
from jfjoch.model.instrument import InstrumentMetadata
from jfjoch.model.zeromq import ZeromqMetadataSettings, ZeromqPreviewSettings, ZeromqSettings

ImagePusherType = Literal["ZeroMQ", "HDF5", "CBOR", "None"]


class PcieDevicesInner(Settings):
    """A packet receiver: ``blk`` its name, ``ipv4`` its local address."""

    blk: str | None = None
    ipv4: str | None = None

    @field_validator("ipv4")
    @classmethod
    def _address(cls, ipv4: str | None) -> str | None:
        """Neither a name nor IPv6: boards are told the four numbers."""
        if ipv4:
            try:
                IPv4Address(ipv4)
            except ValueError as error:
                raise ValueError("expected an IPv4 address such as 10.1.1.1") from error
        return ipv4


class JfjochSettings(Settings):
    """The whole file (B189)."""

    pcie: list[PcieDevicesInner] = Field(default_factory=list)
    zeromq: ZeromqSettings | None = None
    instrument: InstrumentMetadata | None = None
    detector: Annotated[list[Detector], Field(min_length=1)]
    detector_settings: DetectorSettings | None = None
    azim_int: AzimIntSettings | None = None
    image_format: ImageFormatSettings | None = None
    image_buffer_MiB: Annotated[int, Field(ge=128)] = 2048  # noqa: N815 (wire name)
    receiver_threads: Annotated[int, Field(ge=1, le=512)] = 64
    numa_policy: str | None = None
    frontend_directory: str
    image_pusher: ImagePusherType
    zeromq_preview: ZeromqPreviewSettings | None = None
    zeromq_metadata: ZeromqMetadataSettings | None = None
