"""A writer's report as JSON."""

import dataclasses
import json
from typing import Any

from pydantic import TypeAdapter, ValidationError

from jfjoch.errors import StreamError
from jfjoch.messages.writer_report import WriterReport

MAX_REPORT_BYTES = 64 * 1024

_REPORT = TypeAdapter(WriterReport)


def encode_report(report: WriterReport) -> bytes:
    """Return the report as JSON; one that is final also says images_written."""
    entries: dict[str, Any] = dataclasses.asdict(report)
    if report.is_final:
        entries["images_written"] = report.images_on_disk
    return json.dumps(entries).encode("ascii")


def decode_report(message: bytes) -> WriterReport:
    """Return the report; unknown keys are ignored. Raises StreamError for anything else."""
    if len(message) > MAX_REPORT_BYTES:
        raise StreamError(f"writer report of {len(message)} bytes: at most {MAX_REPORT_BYTES}")
    try:
        report = _REPORT.validate_json(message, strict=True)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "JSON"
        raise StreamError(f"writer report: {place}: {first['msg']}") from error
    _check_counts(report)
    return report


def _check_counts(report: WriterReport) -> None:
    for name, value in dataclasses.asdict(report).items():
        if isinstance(value, int) and value < 0:
            raise StreamError(f"writer report: {name}: expected 0 or more, got {value}")
