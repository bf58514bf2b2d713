"""What the writer answers over HTTP."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from jfjoch.writer.status import State, WriterStatus


class StatusAnswer(BaseModel):
    """The present run, or else the last one."""

    model_config = ConfigDict(from_attributes=True)

    state: State = Field(
        description="Idle: no run. Writing: one is being written. Error: the run is not written, "
        "or the last one was not as a whole; stays until the next run"
    )
    run_number: int | None = Field(description="null before the first run")
    run_name: str
    file_prefix: str = Field(description="as in the start message, relative to the root")
    images_expected: int = Field(description="by this writer, if several share the run")
    images_received: int
    images_written: int = Field(description="flushed: a reader finds them whatever happens now")
    images_lost: int = Field(
        description="received and not to be written; once the run is over also those that never "
        "came, if this is the only writer"
    )
    progress: float = Field(description="images_written / images_expected, 0 to 1")
    current_file: str = Field(description='data file being written, relative to the root, or ""')
    free_bytes: int = Field(description="where the files are")
    images_per_s: float = Field(description="received, over the last two seconds")
    message: str = Field(description='what went wrong with this run; "" for nothing')

    @classmethod
    def of(cls, status: WriterStatus) -> Self:
        """Return the answer that tells a status."""
        return cls.model_validate(status)


class HealthAnswer(BaseModel):
    """Whether the writer does its work."""

    status: Literal["ok", "silent"]
    silent_s: float = Field(description="since the last sign of life")
