"""Settings of the image analysis: azimuthal integration, spot finding, regions of interest."""

from fastapi import APIRouter, Response

from jfjoch.broker.http.declared_responses import BAD_INPUT, FAILURE
from jfjoch.broker.http.facade import SettingsInForce
from jfjoch.broker.http.json_body import JsonRoute
from jfjoch.broker.settings_sections import AZIM_INT, ROI, SPOT_FINDING
from jfjoch.model.azim_int import AzimIntSettings
from jfjoch.model.roi import RoiDefinitions
from jfjoch.model.spot_finding import SpotFindingSettings

router = APIRouter(prefix="/config", route_class=JsonRoute)


@router.get("/azim_int", operation_id="config_azim_int_get", response_model_exclude_none=True)
def get_azim_int(settings: SettingsInForce) -> AzimIntSettings:
    """Range and corrections of the azimuthal integration (B124)."""
    return settings.get(AZIM_INT)


@router.put(
    "/azim_int",
    operation_id="config_azim_int_put",
    response_class=Response,
    responses=BAD_INPUT | FAILURE,
)
def put_azim_int(azim_int: AzimIntSettings, settings: SettingsInForce) -> None:
    """Change them (B124)."""
    settings.put(AZIM_INT, azim_int)


@router.get(
    "/spot_finding", operation_id="config_spot_finding_get", response_model_exclude_none=True
)
def get_spot_finding(settings: SettingsInForce) -> SpotFindingSettings:
    """What counts as a spot (B117)."""
    return settings.get(SPOT_FINDING)


@router.put(
    "/spot_finding",
    operation_id="config_spot_finding_put",
    response_class=Response,
    responses=BAD_INPUT,
)
def put_spot_finding(spot_finding: SpotFindingSettings, settings: SettingsInForce) -> None:
    """Change it, also while a run goes on (B116)."""
    settings.put(SPOT_FINDING, spot_finding)


@router.get("/roi", operation_id="config_roi_get", response_model_exclude_none=True)
def get_roi(settings: SettingsInForce) -> RoiDefinitions:
    """Regions of interest (B149)."""
    return settings.get(ROI)


@router.put(
    "/roi", operation_id="config_roi_put", response_class=Response, responses=BAD_INPUT | FAILURE
)
def put_roi(definitions: RoiDefinitions, settings: SettingsInForce) -> None:
    """Replace all of them (B149)."""
    settings.put(ROI, definitions)
