"""Pulses of a pulsed source, as they belong to the images of a run."""

import numpy as np
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from numpy.typing import NDArray

from jfjoch.broker.http.declared_responses import NOTHING_YET
from jfjoch.broker.http.facade import Report

router = APIRouter(prefix="/xfel")


@router.get(
    "/pulse_id",
    operation_id="xfel_pulse_id_get",
    response_model=list[int],
    responses=NOTHING_YET,
)
def pulse_id(report: Report) -> Response:
    """Pulse of each image of the last run, or of the one that runs; -1: not recorded (B146)."""
    return _answer(report.pulse_ids())


@router.get(
    "/event_code",
    operation_id="xfel_event_code_get",
    response_model=list[int],
    responses=NOTHING_YET,
)
def event_code(report: Report) -> Response:
    """Event code of each image of the last run, or of the one that runs (B147)."""
    return _answer(report.event_codes())


def _answer(numbers: NDArray[np.int64] | None) -> Response:
    return Response(status_code=404) if numbers is None else JSONResponse(numbers.tolist())
