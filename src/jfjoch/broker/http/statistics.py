"""Figures of runs."""

from fastapi import APIRouter, Response

from jfjoch.broker.http.declared_responses import NOTHING_YET
from jfjoch.broker.http.deflated_json import Compression, deflated
from jfjoch.broker.http.facade import Broker, Report
from jfjoch.model.calibration_statistics import CalibrationStatisticsInner
from jfjoch.model.statistics import JfjochStatistics
from jfjoch.model.status import MeasurementStatistics

router = APIRouter(prefix="/statistics")


@router.get("", operation_id="statistics_get", response_model=JfjochStatistics)
def statistics(report: Report, compression: Compression = True) -> Response:
    """Everything a watcher needs, of one moment (B170)."""
    return deflated(report.statistics(), compression)


@router.get("/calibration", operation_id="statistics_calibration_get")
def calibration(report: Report) -> list[CalibrationStatisticsInner]:
    """Means per module and storage cell; none before the detector is initialized (B174)."""
    return report.calibration()


@router.get(
    "/data_collection",
    operation_id="statistics_data_collection_get",
    response_model=MeasurementStatistics,
    response_model_exclude_none=True,
    responses=NOTHING_YET,
)
async def data_collection(broker: Broker) -> MeasurementStatistics | Response:
    """Figures of the last run, or of the one that runs (B171)."""
    statistics = broker.measurement_statistics()
    return Response(status_code=404) if statistics is None else statistics
