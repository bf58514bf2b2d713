"""Commands: what makes the broker do something, and waiting for its end."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from jfjoch.broker.http.declared_responses import BAD_INPUT, FAILURE, WAIT
from jfjoch.broker.http.facade import Broker
from jfjoch.broker.http.json_body import JsonRoute
from jfjoch.broker.waits import WaitAnswer
from jfjoch.errors import OperationFailed
from jfjoch.model.dataset import DatasetSettings

router = APIRouter(route_class=JsonRoute, default_response_class=Response)

_EMPTY_ANSWERS = {"done": 200, "not_initialized": 502, "timed_out": 504}


@router.post("/initialize", operation_id="initialize_post", responses=FAILURE)
def initialize(broker: Broker) -> None:
    """Get the detector ready and measure its pedestal; returns at once (B023)."""
    broker.initialize()


@router.post("/pedestal", operation_id="pedestal_post", responses=FAILURE)
def pedestal(broker: Broker) -> None:
    """Measure the pedestal with the shutter closed; returns at once (B025)."""
    broker.pedestal()


@router.post("/start", operation_id="start_post", responses=BAD_INPUT | FAILURE)
def start(dataset: DatasetSettings, broker: Broker) -> None:
    """Start a run; returns when the detector is ready for triggers (B033)."""
    broker.start(dataset)


@router.post("/trigger", operation_id="trigger_post")
def trigger(broker: Broker) -> None:
    """Send one software trigger (B072)."""
    broker.trigger()


@router.post("/cancel", operation_id="cancel_post")
def cancel(broker: Broker) -> None:
    """Stop what runs; may return before it has ended (B075)."""
    broker.cancel()


@router.post("/deactivate", operation_id="deactivate_post", responses=FAILURE)
def deactivate(broker: Broker) -> None:
    """Switch the detector off, as before powering it down (B078)."""
    broker.deactivate()


@router.post("/wait_till_done", operation_id="wait_till_done_post", responses=WAIT | FAILURE)
async def wait_till_done(
    request: Request, broker: Broker, timeout: Annotated[int, Query(ge=0, le=3600)] = 60
) -> Response:
    """Wait until the running operation has ended, at most ``timeout`` seconds (B067)."""
    answer = await _wait_while_connected(request, broker, timeout)
    if answer.result == "failed":
        raise OperationFailed(answer.message)
    return Response(status_code=_EMPTY_ANSWERS[answer.result])


async def _wait_while_connected(request: Request, broker: Broker, timeout_s: float) -> WaitAnswer:
    """Withdraw the wait when its client goes, so that a failure is told to one who hears it."""
    waiting = asyncio.ensure_future(broker.waits.wait(timeout_s))
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({waiting, gone}, return_when=asyncio.FIRST_COMPLETED)
        return waiting.result() if waiting.done() else WaitAnswer("timed_out")
    finally:
        waiting.cancel()
        gone.cancel()


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
