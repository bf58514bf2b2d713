"""Settings of read-out, image format and instrument, and the choice of the detector."""

from fastapi import APIRouter, Response

from jfjoch.broker.http.declared_responses import BAD_INPUT, FAILURE
from jfjoch.broker.http.facade import Broker, SettingsInForce
from jfjoch.broker.http.json_body import JsonRoute
from jfjoch.broker.settings_sections import IMAGE_FORMAT, INSTRUMENT
from jfjoch.model.detector_list import DetectorList, DetectorSelection
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.image_format import ImageFormatSettings
from jfjoch.model.instrument import InstrumentMetadata

router = APIRouter(prefix="/config", route_class=JsonRoute)


@router.get("/detector", operation_id="config_detector_get", response_model_exclude_none=True)
def get_detector(broker: Broker) -> DetectorSettings:
    """Read-out settings in use (B081)."""
    return broker.detector_settings()


@router.put(
    "/detector",
    operation_id="config_detector_put",
    response_class=Response,
    responses=BAD_INPUT | FAILURE,
)
def put_detector(settings: DetectorSettings, broker: Broker) -> None:
    """Change them; in Idle a pedestal follows by itself (B080)."""
    broker.set_detector_settings(settings)


@router.get(
    "/image_format", operation_id="config_image_format_get", response_model_exclude_none=True
)
def get_image_format(settings: SettingsInForce) -> ImageFormatSettings:
    """How frames become images now (B101)."""
    return settings.get(IMAGE_FORMAT)


@router.put(
    "/image_format",
    operation_id="config_image_format_put",
    response_class=Response,
    responses=BAD_INPUT | FAILURE,
)
def put_image_format(image_format: ImageFormatSettings, settings: SettingsInForce) -> None:
    """Change it (B101)."""
    settings.put(IMAGE_FORMAT, image_format)


@router.post(
    "/image_format/raw",
    operation_id="config_image_format_raw_post",
    response_class=Response,
    responses=FAILURE,
)
def raw(settings: SettingsInForce) -> None:
    """Switch to raw data: summation, geometry transform and conversion off (B113)."""
    settings.change(IMAGE_FORMAT, ImageFormatSettings.as_raw)


@router.post(
    "/image_format/conversion",
    operation_id="config_image_format_conversion_post",
    response_class=Response,
    responses=FAILURE,
)
def conversion(settings: SettingsInForce) -> None:
    """Switch to full conversion: summation, geometry transform and conversion on (B114)."""
    settings.change(IMAGE_FORMAT, ImageFormatSettings.as_converted)


@router.get("/instrument", operation_id="config_instrument_get", response_model_exclude_none=True)
def get_instrument(settings: SettingsInForce) -> InstrumentMetadata:
    """Names of source and instrument in use (B096)."""
    return settings.get(INSTRUMENT)


@router.put(
    "/instrument",
    operation_id="config_instrument_put",
    response_class=Response,
    responses=BAD_INPUT | FAILURE,
)
def put_instrument(metadata: InstrumentMetadata, settings: SettingsInForce) -> None:
    """Change them (B096)."""
    settings.put(INSTRUMENT, metadata)


@router.get("/select_detector", operation_id="config_select_detector_get")
def get_select_detector(broker: Broker) -> DetectorList:
    """The configured detectors, and which of them is in use (B132)."""
    return broker.detector_list()


@router.put(
    "/select_detector",
    operation_id="config_select_detector_put",
    response_class=Response,
    responses=BAD_INPUT | FAILURE,
)
def put_select_detector(selection: DetectorSelection, broker: Broker) -> None:
    """Use another detector; it is to be initialized then (B133)."""
    broker.select_detector(selection.id)
