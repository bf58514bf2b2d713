"""GET /plot/... of given figures: as the published client reads it, and as bytes."""

import json
import zlib
from collections.abc import Iterator
from typing import get_args

import numpy as np
import pytest
import urllib3
from jfjoch_client.exceptions import BadRequestException
from jfjoch_client.models.plots import Plots

from jfjoch.model.plot import BinnedPlot
from jfjoch.receiver.image_figures import ImageFigures, RoiFigures
from jfjoch.receiver.run_plots import RunPlots
from tests.helpers.http_service import HttpService, running_http_service

BINNED = get_args(BinnedPlot)
ALL = [*BINNED, "azim_int"]
IMAGES = 10


def plots_with_everything() -> RunPlots:
    """Ten images of which every other one has no figures."""
    plots = RunPlots(["first", "second"], q_recipA=[0.5, 1.5])
    figures = {name: 0.25 * k for k, name in enumerate(ImageFigures._fields[1:-2], 1)}
    regions = (RoiFigures(-7, 3, 2), RoiFigures(0, None, 0))
    profile = np.array([1.5, np.nan])
    for number in range(1, IMAGES, 2):
        plots.add(ImageFigures(number, **figures, rois=regions, profile=profile))  # type: ignore[arg-type]  # fields by name
    plots.add(ImageFigures(0))
    return plots


@pytest.fixture(scope="module")
def service() -> Iterator[HttpService]:
    with running_http_service() as running:
        running.broker.plots = plots_with_everything()
        yield running


def asked(service: HttpService, name: str, **query: object) -> Plots:
    plots: Plots = getattr(service.client, f"plot_{name}_get")(**query)
    return plots


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("compression", [True, False, None])
def test_the_published_client_reads_every_plot(
    service: HttpService, name: str, compression: bool | None
) -> None:
    """B013, B154-B169: titles, and x and y of equal length without gaps."""
    plots = asked(service, name, compression=compression)
    assert plots.title
    assert plots.plot
    for line in plots.plot:
        assert line.title
        assert len(line.x) == len(line.y)
    longest = max(plots.plot, key=lambda line: len(line.x))
    assert longest.x == ([0.5] if name == "azim_int" else [1, 3, 5, 7, 9])


@pytest.mark.parametrize("name", ALL)
def test_every_plot_can_be_read_before_the_first_run(name: str) -> None:
    """A title, and no point."""
    with running_http_service() as before:
        plots = asked(before, name)
        assert plots.title
        assert all(line.x == line.y == [] for line in plots.plot)


def test_values_arrive_as_they_are(service: HttpService) -> None:
    """B160, B162, B163, B168: also negative ones; a region without a maximum has no points."""
    titles = [line.title for line in asked(service, "error_pixel").plot]
    assert titles == [
        "Error pixels (mean)",
        "Saturated pixels (mean)",
        "Saturated pixels (maximum)",
    ]
    sums = asked(service, "roi_sum").plot
    assert [(line.title, line.y) for line in sums] == [("first", [-7] * 5), ("second", [0] * 5)]
    maxima = asked(service, "roi_max_count").plot
    assert [(line.title, line.y) for line in maxima] == [("first", [3] * 5), ("second", [])]
    (profile,) = asked(service, "azim_int").plot
    assert (profile.x, profile.y) == ([0.5], [1.5])


@pytest.mark.parametrize(
    ("binning", "x"),
    [
        (None, [1, 3, 5, 7, 9]),
        (0, [1, 3, 5, 7, 9]),
        (1, [1, 3, 5, 7, 9]),
        (4, [1.5, 5.5, 8.5]),
        (10, [4.5]),
        (2**62, [4.5]),
    ],
)
@pytest.mark.parametrize("name", BINNED)
def test_binning(service: HttpService, name: str, binning: int | None, x: list[float]) -> None:
    """B154: x is the middle of the images of a bin."""
    assert asked(service, name, binning=binning).plot[0].x == x


@pytest.mark.parametrize("name", BINNED)
def test_negative_binning(service: HttpService, name: str) -> None:
    """B154."""
    with pytest.raises(BadRequestException, match="binning: expected 0"):
        asked(service, name, binning=-1)


@pytest.mark.parametrize("binning", ["-1", "-9" * 30, "two", "1.5", "", "NaN", "1e3", "9" * 5000])
def test_binning_that_is_none(service: HttpService, binning: str) -> None:
    """B154: 400 with a text that names the parameter."""
    answer = service.http.get("/plot/spot_count", params={"binning": binning})
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text.startswith("binning: expected")


def bytes_of(service: HttpService, path: str) -> urllib3.BaseHTTPResponse:
    """The answer as it travels; like the published client, without accepting any coding."""
    url = f"http://{service.host}:{service.port}{path}"
    with urllib3.PoolManager(headers={"Accept-Encoding": "identity"}) as pool:
        return pool.request("GET", url, decode_content=False)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("query", ["", "?compression=true", "?compression=maybe", "?compression="])
def test_answers_are_deflated(service: HttpService, name: str, query: str) -> None:
    """B013: in zlib's format, which is what "deflate" means in HTTP; a bad value is true."""
    answer = bytes_of(service, f"/plot/{name}{query}")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Encoding"] == "deflate"
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    plain = bytes_of(service, f"/plot/{name}?compression=false")
    assert zlib.decompress(answer.data) == plain.data


@pytest.mark.parametrize("name", ALL)
def test_plain_answers(service: HttpService, name: str) -> None:
    """B009, B013, B169: strict JSON without null."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    answer = bytes_of(service, f"/plot/{name}?compression=false")
    assert "Content-Encoding" not in answer.headers
    assert set(json.loads(answer.data, parse_constant=refuse)) == {"title", "plot"}
    assert b"null" not in answer.data


def test_other_http_clients_decode_by_themselves(service: HttpService) -> None:
    """B013: httpx, and urllib3 as the published client has it."""
    plain = service.http.get("/plot/roi_sum?compression=false")
    assert service.http.get("/plot/roi_sum").json() == plain.json()
