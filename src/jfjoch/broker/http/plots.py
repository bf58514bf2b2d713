"""Plots of the present or last run."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator

from jfjoch.broker.http.declared_responses import BAD_INPUT
from jfjoch.broker.http.deflated_json import Compression, deflated
from jfjoch.broker.http.facade import PlotsOfRun
from jfjoch.model.plot import BinnedPlot, Plots

router = APIRouter(prefix="/plot")

_DESCRIPTIONS: dict[BinnedPlot, str] = {
    "bkg_estimate": "Mean intensity between 3 and 5 Angstrom (B155).",
    "spot_count": "Spots found (B156).",
    "indexing_rate": "Indexed images / images tried (B157).",
    "indexing_unit_cell": "Lengths of the unit cell found, Angstrom: a, b, c (B158).",
    "indexing_unit_cell_angle": "Its angles, degrees: alpha, beta, gamma (B159).",
    "error_pixel": "Error pixels, mean; saturated pixels, mean and maximum (B160).",
    "strong_pixel": "Strong pixels of spot finding (B161).",
    "roi_sum": "Sum of the counts in each region of interest (B162).",
    "roi_max_count": "Highest count in each region (B163).",
    "roi_valid_pixels": "Pixels with a count in each region (B164).",
    "receiver_delay": "Frames that came in since the one being worked on (B165).",
    "receiver_free_send_buffers": "Free places in the queue of the sender (B166).",
    "image_collection_efficiency": "Packets received / expected (B167).",
}


def _not_negative(value: int) -> int:
    if value < 0:
        raise ValueError("expected 0 (default) or a number of images")
    return value


# A limit of the field would stand in the OpenAPI document, where the contract has none.
Binning = Annotated[
    int, AfterValidator(_not_negative), Query(description="images per point; 0 = default")
]


def _answer(name: BinnedPlot) -> Callable[..., Response]:
    def plot(plots: PlotsOfRun, binning: Binning = 0, compression: Compression = True) -> Response:
        return deflated(plots.binned(name, binning), compression)

    return plot


for _name, _description in _DESCRIPTIONS.items():
    router.add_api_route(
        f"/{_name}",
        _answer(_name),
        operation_id=f"plot_{_name}_get",
        summary=_name,
        description=_description,
        response_model=Plots,
        responses=BAD_INPUT,
    )


@router.get("/azim_int", operation_id="plot_azim_int_get", response_model=Plots)
def azim_int(plots: PlotsOfRun, compression: Compression = True) -> Response:
    """Azimuthal profile averaged over the run, over q in 1/Angstrom (B168)."""
    return deflated(plots.azim_int(), compression)
