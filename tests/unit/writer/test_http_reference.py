"""W015: paths and names of the writer's HTTP interface are its own, and are all told."""

from pathlib import Path

from fastapi.routing import APIRoute

from jfjoch.writer.http.answers import StatusAnswer
from jfjoch.writer.http.application import create_app
from jfjoch.writer.monitor import WriterMonitor

REFERENCE = Path("docs/reference/writer-http.md")


def test_every_request_and_entry_is_described() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    routes = [route for route in create_app(WriterMonitor()).routes if isinstance(route, APIRoute)]
    requests = {f"`{method} {route.path}`" for route in routes for method in route.methods}
    assert requests == {"`GET /status`", "`POST /cancel`", "`GET /healthz`", "`GET /metrics`"}
    entries = {f"`{name}`" for name in StatusAnswer.model_fields}
    assert [name for name in sorted(requests | entries) if name not in text] == []
