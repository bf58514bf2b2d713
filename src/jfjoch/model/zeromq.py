"""ZeroMQ sockets of the broker."""

from typing import Annotated

from pydantic import Field, field_validator

from jfjoch.model.base import Int64, Settings


class ZeromqSettings(Settings):
    """Image stream and the writer's way back (B190)."""

    send_watermark: Annotated[int, Field(ge=2, le=16384)] = 100
    send_buffer_size: int | None = None
    image_socket: list[str] = Field(default_factory=list)
    writer_notification_socket: str | None = None


class ZeromqPreviewSettings(Settings):
    """Preview stream: an image at most every ``period_ms``, 0 = every one (B135-B139)."""

    enabled: bool
    period_ms: Int64
    socket_address: str | None = None

    @field_validator("period_ms")
    @classmethod
    def _not_negative(cls, period_ms: int) -> int:
        """Not a limit of the field, as the interface declares none (B136)."""
        if period_ms < 0:
            raise ValueError("expected a value >= 0")
        return period_ms


class ZeromqMetadataSettings(Settings):
    """Metadata stream: all images but their pixels, bundled for ``period_ms`` (B140, B141)."""

    enabled: bool
    period_ms: Annotated[Int64, Field(ge=1)]
    socket_address: str | None = None


_DEFAULT_PERIOD_MS = 1000
# Nothing is published without an address, so nothing claims to be.
DEFAULT_PREVIEW = ZeromqPreviewSettings(enabled=False, period_ms=_DEFAULT_PERIOD_MS)
DEFAULT_METADATA = ZeromqMetadataSettings(enabled=False, period_ms=_DEFAULT_PERIOD_MS)
