"""The writer's HTTP interface, put together."""

from collections.abc import Callable, Iterable

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from jfjoch import __version__
from jfjoch.http.body_limit import BodyLimit
from jfjoch.http.request_limit import RequestLimit
from jfjoch.http.same_origin import SameOrigin
from jfjoch.writer.http.answers import HealthAnswer, StatusAnswer
from jfjoch.writer.http.metrics import WriterMetrics
from jfjoch.writer.monitor import WriterMonitor

CANCEL_TIMEOUT_S = 10.0
"""How long POST /cancel waits for files to be closed; they are closed all the same."""
LONGEST_SILENCE_S = 10.0
"""A service that works gives several signs of life a second."""
_NO_BODY_BYTES = 1024


def create_app(
    monitor: WriterMonitor,
    host_names: Iterable[str] = (),
    republish_dropped: Callable[[], int] = lambda: 0,
    cancel_timeout_s: float = CANCEL_TIMEOUT_S,
) -> FastAPI:
    """Return the ASGI application that shows what ``monitor`` knows.

    ``host_names``: names, besides localhost and IP addresses, under which it is reached.
    ``republish_dropped`` counts the messages that could not be republished.
    """
    # The pages FastAPI offers for trying things out load scripts from other hosts: left out.
    app = FastAPI(title="Jungfraujoch writer", version=__version__, docs_url=None, redoc_url=None)
    metrics = WriterMetrics(monitor, republish_dropped)

    @app.get("/status")
    async def status() -> StatusAnswer:
        """Tell which run is written and how far it is."""
        return StatusAnswer.of(monitor.status)

    @app.post("/cancel", responses={504: {"description": "asked for, but not done in time"}})
    def cancel() -> Response:
        """Close all files and give the present run up, for when the broker is gone.

        What still comes of that run is lost; the next run is written. Without a run nothing
        happens.
        """
        if not monitor.cancel(cancel_timeout_s):
            return PlainTextResponse(
                f"the files are not closed after {cancel_timeout_s:g} s; the writer is busy, and "
                "will give the run up when it can",
                504,
            )
        return JSONResponse(StatusAnswer.of(monitor.status).model_dump())

    @app.get("/healthz", responses={503: {"model": HealthAnswer}})
    async def healthz() -> Response:
        """Tell whether the writer gives signs of life."""
        silent_s = monitor.silent_s
        is_well = silent_s <= LONGEST_SILENCE_S
        answer = HealthAnswer(status="ok" if is_well else "silent", silent_s=silent_s)
        return JSONResponse(answer.model_dump(), 200 if is_well else 503)

    @app.get("/metrics", response_class=PlainTextResponse)
    async def figures() -> Response:
        """Give figures in Prometheus' text format."""
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    # The last one added sees a request first.
    app.add_middleware(BodyLimit, limits_bytes={}, default_bytes=_NO_BODY_BYTES)
    app.add_middleware(RequestLimit)
    app.add_middleware(SameOrigin, host_names=frozenset(host_names))
    return app
