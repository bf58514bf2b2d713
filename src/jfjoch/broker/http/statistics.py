"""Figures of runs."""

from fastapi import APIRouter, Response

from jfjoch.broker.http.declared_responses import NOTHING_YET
from jfjoch.broker.http.facade import Broker
from jfjoch.model.status import MeasurementStatistics

router = APIRouter(prefix="/statistics")


@router.get(
    "/data_collection",
    operation_id="statistics_data_collection_get",
    response_model=MeasurementStatistics,
    response_model_exclude_none=True,
    responses=NOTHING_YET,
)
def data_collection(broker: Broker) -> MeasurementStatistics | Response:
    """Figures of the last run, or of the one that runs (B171)."""
    statistics = broker.measurement_statistics()
    return Response(status_code=404) if statistics is None else statistics
