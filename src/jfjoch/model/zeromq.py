"""ZeroMQ sockets of the broker."""

from typing import Annotated

from pydantic import Field

from jfjoch.model.base import Int64, Settings


class ZeromqSettings(Settings):
    """Image stream and the writer's way back (B190)."""

    send_watermark: Annotated[int, Field(ge=2, le=16384)] = 100
    send_buffer_size: int | None = None
    image_socket: list[str] = Field(default_factory=list)
    writer_notification_socket: str | None = None


class ZeromqPreviewSettings(Settings):
    """Preview stream."""

    enabled: bool
    period_ms: Annotated[Int64, Field(ge=0)]
    socket_address: str | None = None


class ZeromqMetadataSettings(Settings):
    """Metadata stream."""

    enabled: bool
    period_ms: Annotated[Int64, Field(ge=1)]
    socket_address: str | None = None
