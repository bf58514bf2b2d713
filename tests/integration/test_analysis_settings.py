"""Settings of azimuthal integration, spot finding and regions of interest, over HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jfjoch_client as jf
import pytest
import zmq
from jfjoch_client.exceptions import BadRequestException

from jfjoch.broker.configuration_file import load_configuration
from jfjoch.errors import ConfigurationError
from tests.helpers import cbor_tags
from tests.helpers.broker_client import BrokerClient, expect_ok
from tests.helpers.configurations import dataset
from tests.helpers.http_service import HttpService, running_http_service
from tests.helpers.ports import free_tcp_port
from tests.helpers.real_broker import RealBroker, configuration, running_real_broker

AZIM_INT, SPOT_FINDING, ROI = "/config/azim_int", "/config/spot_finding", "/config/roi"
Q_RANGE = {
    "solid_angle_corr": True,
    "high_q_recipA": 5.0,
    "low_q_recipA": 0.1,
    "q_spacing": 0.05,
}
SPOTS = {
    "enable": True,
    "indexing": True,
    "filter_powder_rings": False,
    "min_spot_count_powder_ring": 20,
    "signal_to_noise_threshold": 4.0,
    "photon_count_threshold": 8,
    "min_pix_per_spot": 2,
    "max_pix_per_spot": 50,
    "high_resolution_limit": 1.5,
    "low_resolution_limit": 50.0,
    "indexing_tolerance": 0.1,
}
BOX = {"name": "box", "min_x_pxl": 0, "max_x_pxl": 9, "min_y_pxl": 5, "max_y_pxl": 5}
CIRCLE = {"name": "circle", "center_x_pxl": -3.5, "center_y_pxl": 100, "radius_pxl": 0.5}
REGIONS: dict[str, Any] = {"box": {"rois": [BOX]}, "circle": {"rois": [CIRCLE]}}
NONE: dict[str, Any] = {"box": {"rois": []}, "circle": {"rois": []}}
BASES: dict[str, dict[str, Any]] = {AZIM_INT: Q_RANGE, SPOT_FINDING: SPOTS, ROI: NONE}
NO_NUMBERS = ("1", True, [1], {})
NO_INTEGERS = (*NO_NUMBERS, 1.5)


def boxes(*changes: dict[str, Any]) -> dict[str, Any]:
    return {**NONE, "box": {"rois": [BOX | change for change in changes]}}


def circles(*changes: dict[str, Any]) -> dict[str, Any]:
    return {**NONE, "circle": {"rois": [CIRCLE | change for change in changes]}}


def named(count: int) -> list[dict[str, Any]]:
    return [{"name": f"roi {number}"} for number in range(count)]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealBroker]:
    with running_real_broker(configuration(), tmp_path_factory.mktemp("analysis")) as running:
        yield running


@pytest.fixture
def client(real: RealBroker) -> BrokerClient:
    """In Idle, with the settings of a fresh start."""
    if real.client.state() != "Idle":
        real.client.initialize()
    for path, base in BASES.items():
        expect_ok(real.client.put(path, base))
    return real.client


@pytest.mark.parametrize(("path", "defaults"), list(BASES.items()))
def test_defaults(tmp_path: Path, path: str, defaults: dict[str, Any]) -> None:
    """B117, B124, B149, B152."""
    with running_real_broker(configuration(), tmp_path) as fresh:
        assert fresh.client.get(path).json() == defaults


@pytest.mark.parametrize(
    ("path", "change"),
    [
        (AZIM_INT, {"polarization_factor": -1}),
        (AZIM_INT, {"polarization_factor": 1.0}),
        (AZIM_INT, {"solid_angle_corr": False}),
        (AZIM_INT, {"low_q_recipA": 0}),
        (AZIM_INT, {"q_spacing": 5.0}),  # one bin, wider than the range
        (AZIM_INT, {"low_q_recipA": 0, "high_q_recipA": 1, "q_spacing": 1e-4}),  # most bins
        (SPOT_FINDING, {"enable": False, "indexing": False, "filter_powder_rings": True}),
        (SPOT_FINDING, {"min_spot_count_powder_ring": 5}),
        (SPOT_FINDING, {"min_spot_count_powder_ring": 2**63 - 1}),
        (SPOT_FINDING, {"signal_to_noise_threshold": 0, "photon_count_threshold": 0}),
        (SPOT_FINDING, {"min_pix_per_spot": 1, "max_pix_per_spot": 1}),
        (SPOT_FINDING, {"high_resolution_limit": 0}),
        (SPOT_FINDING, {"high_resolution_limit": 1.5, "low_resolution_limit": 1.500001}),
        (SPOT_FINDING, {"indexing_tolerance": 0}),
        (SPOT_FINDING, {"indexing_tolerance": 1.0}),
        (ROI, REGIONS),
        (ROI, boxes({"max_x_pxl": 0, "min_y_pxl": 2**31, "max_y_pxl": 2**63 - 1})),
        (ROI, boxes(*named(32))),
        (ROI, circles(*named(32))),
        (ROI, circles({"radius_pxl": 1e-300, "center_x_pxl": -1e9})),
    ],
)
def test_what_is_possible_is_taken(client: BrokerClient, path: str, change: dict[str, Any]) -> None:
    """B118-B127, B149-B151: limits included; what was put is what is got."""
    expect_ok(client.put(path, BASES[path] | change))
    assert client.get(path).json() == BASES[path] | change


@pytest.mark.parametrize(
    ("path", "field", "values"),
    [
        (AZIM_INT, "polarization_factor", [-1.01, 1.01, *NO_NUMBERS]),
        (AZIM_INT, "solid_angle_corr", ["yes", 1]),
        (AZIM_INT, "low_q_recipA", [-0.01, 5.0, 6, *NO_NUMBERS]),
        (AZIM_INT, "high_q_recipA", list(NO_NUMBERS)),
        (AZIM_INT, "q_spacing", [0, -0.05, 4.8e-4, 1e-300, 1e300, *NO_NUMBERS]),
        (SPOT_FINDING, "enable", ["yes", 1]),
        (SPOT_FINDING, "indexing", ["yes", 1]),
        (SPOT_FINDING, "filter_powder_rings", ["yes", 1]),
        (SPOT_FINDING, "min_spot_count_powder_ring", [4, -1, 2**63, *NO_INTEGERS]),
        (SPOT_FINDING, "signal_to_noise_threshold", [-0.01, *NO_NUMBERS]),
        (SPOT_FINDING, "photon_count_threshold", [-1, *NO_INTEGERS]),
        (SPOT_FINDING, "min_pix_per_spot", [0, -1, *NO_INTEGERS]),
        (SPOT_FINDING, "max_pix_per_spot", [0, 1, -1, *NO_INTEGERS]),
        (SPOT_FINDING, "high_resolution_limit", [-0.01, *NO_NUMBERS]),
        (SPOT_FINDING, "low_resolution_limit", [1.5, 1.0, -1, *NO_NUMBERS]),
        (SPOT_FINDING, "indexing_tolerance", [-0.01, 1.01, *NO_NUMBERS]),
    ],
)
def test_what_is_impossible_is_refused_by_name(
    client: BrokerClient, path: str, field: str, values: list[Any]
) -> None:
    """B118-B127: 400 names the field, what was expected and what came; nothing has changed."""
    for value in values:
        answer = client.put(path, BASES[path] | {field: value})
        assert answer.status_code == 400, value
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.text.startswith(f"{field}: expected "), answer.text
        assert f"got {json.dumps(value)}" in answer.text
        assert client.get(path).json() == BASES[path]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (boxes({"name": ""}), "box.rois[0].name: expected a text of at least 1"),
        *(
            (boxes({name: value}), f"box.rois[0].{name}: expected")
            for name in ("min_x_pxl", "max_x_pxl", "min_y_pxl", "max_y_pxl")
            for value in (-1, 2**63, *NO_INTEGERS)
        ),
        (boxes({"min_x_pxl": 10}), "box.rois[0].max_x_pxl: expected a value >= min_x_pxl (10)"),
        (boxes({"max_y_pxl": 4}), "box.rois[0].max_y_pxl: expected a value >= min_y_pxl (5)"),
        (boxes(*named(33)), "box.rois: expected a list of at most 32 item(s)"),
        (boxes({}, {}), "box: expected a name of its own for every ROI; 'box' stands twice"),
        (circles({"name": ""}), "circle.rois[0].name: expected a text of at least 1"),
        (circles({"radius_pxl": 0}), "circle.rois[0].radius_pxl: expected a value > 0"),
        (circles({"radius_pxl": -1}), "circle.rois[0].radius_pxl: expected a value > 0"),
        (circles({"center_x_pxl": "1"}), "circle.rois[0].center_x_pxl: expected a number"),
        (circles({"center_y_pxl": None}), "circle.rois[0].center_y_pxl: expected a value"),
        (circles(*named(33)), "circle.rois: expected a list of at most 32 item(s)"),
        (circles({}, {}), "circle: expected a name of its own"),
        (boxes({}) | {"circle": circles({"name": "box"})["circle"]}, "circle: expected a name"),
        ({"box": {"rois": []}}, "circle: expected a value, got none"),
        ({"circle": {"rois": []}}, "box: expected a value, got none"),
        ({"box": {}, "circle": {}}, "circle.rois: expected a value, got none"),
        ({"box": [], "circle": {"rois": []}}, "box: expected a JSON object"),
    ],
)
def test_regions_that_are_refused(client: BrokerClient, body: dict[str, Any], told: str) -> None:
    """B149-B153."""
    expect_ok(client.put(ROI, REGIONS))
    answer = client.put(ROI, body)
    assert answer.status_code == 400
    assert told in answer.text
    assert client.get(ROI).json() == REGIONS


def test_both_lists_are_always_sent(client: BrokerClient) -> None:
    """B152: the list of boxes may be left out by a client, but not by us."""
    expect_ok(client.put(ROI, {"box": {}, "circle": {"rois": [CIRCLE]}}))
    assert client.get(ROI).json() == {"box": {"rois": []}, "circle": {"rois": [CIRCLE]}}


@pytest.mark.parametrize(
    ("path", "field"),
    [
        *((AZIM_INT, field) for field in Q_RANGE),
        *((SPOT_FINDING, field) for field in SPOTS if "powder" not in field),
    ],
)
def test_required_fields(client: BrokerClient, path: str, field: str) -> None:
    """B118, B119, B121-B123, B126, B127: absent or null, they are missed."""
    without = {name: value for name, value in BASES[path].items() if name != field}
    for body in (without, without | {field: None}):
        answer = client.put(path, body)
        assert (answer.status_code, answer.text) == (400, f"{field}: expected a value, got none")


def test_the_published_client(real: RealBroker) -> None:
    """Every operation, with the client's own models."""
    azim_int = jf.AzimIntSettings.from_dict(Q_RANGE | {"polarization_factor": 0.99})
    spots = jf.SpotFindingSettings.from_dict(SPOTS | {"enable": False})
    regions = jf.RoiDefinitions.from_dict(REGIONS)
    real.api.config_azim_int_put(azim_int)
    real.api.config_spot_finding_put(spots)
    real.api.config_roi_put(regions)
    assert real.api.config_azim_int_get() == azim_int
    assert real.api.config_spot_finding_get() == spots
    assert real.api.config_roi_get() == regions
    with pytest.raises(BadRequestException):
        real.api.config_azim_int_put(azim_int.model_copy(update={"low_q_recip_a": 6.0}))


# Columns: Inactive, Error, Idle, Busy, Measuring, Pedestal; the table of the states.
ALLOWED = {AZIM_INT: "101000", SPOT_FINDING: "111111", ROI: "111000"}
ROUTES: list[tuple[list[str], str]] = [
    ([], "Inactive"),
    (["initialize", "failed_needs_initialize"], "Error"),
    (["initialize", "completed"], "Idle"),
    (["initialize"], "Busy"),
    (["initialize", "armed"], "Measuring"),
    (["initialize", "completed", "pedestal"], "Pedestal"),
]


@pytest.fixture
def service() -> Iterator[HttpService]:
    with running_http_service() as running:
        yield running


@pytest.mark.parametrize("path", list(ALLOWED))
@pytest.mark.parametrize("column", range(6))
def test_states(service: HttpService, path: str, column: int) -> None:
    """B017, B116, B124: GET in all of them, PUT where it is allowed."""
    route, state = ROUTES[column]
    machine = service.broker.machine
    for step in route:
        change = machine.command if step in ("initialize", "pedestal") else machine.event
        change(step)  # type: ignore[operator]
    assert machine.state == state
    before = service.http.get(path)
    assert before.status_code == 200
    changed = before.json() | ({"q_spacing": 0.5} if path == AZIM_INT else {})
    answer = service.http.put(path, json=changed)
    if ALLOWED[path][column] == "1":
        assert answer.status_code == 200
        assert service.http.get(path).json() == changed
    else:
        assert (answer.status_code, answer.json()["reason"]) == (500, "WrongDAQState")
        assert service.http.get(path).json() == before.json()
    assert machine.state == state


def test_spot_finding_changes_while_measuring(client: BrokerClient) -> None:
    """B116, B119: the run goes on; the others are refused meanwhile."""
    client.start(dataset("", 1_000_000))
    changed = SPOTS | {"indexing": False, "photon_count_threshold": 11}
    expect_ok(client.put(SPOT_FINDING, changed))
    assert client.get(SPOT_FINDING).json() == changed
    for path, body in ((AZIM_INT, Q_RANGE), (ROI, REGIONS)):
        answer = client.put(path, body)
        assert (answer.status_code, answer.json()["reason"]) == (500, "WrongDAQState")
    assert client.get(ROI).json() == NONE
    assert client.state() == "Measuring"
    expect_ok(client.post("/cancel"))
    assert client.wait_till_done() == 200


def test_they_are_kept_over_a_restart(tmp_path: Path) -> None:
    """Until, for azim_int, the configuration file itself says something else."""
    changed = {AZIM_INT: Q_RANGE | {"q_spacing": 0.1}, SPOT_FINDING: SPOTS | {"enable": False}}
    changed[ROI] = REGIONS
    original = configuration(azim_int=Q_RANGE | {"low_q_recipA": 0.3})
    with running_real_broker(original, tmp_path) as real:
        assert real.client.get(AZIM_INT).json()["low_q_recipA"] == 0.3
        for path, body in changed.items():
            expect_ok(real.client.put(path, body))
    with running_real_broker(original, tmp_path) as real:
        for path, body in changed.items():
            assert real.client.get(path).json() == body
    edited = configuration(azim_int=Q_RANGE | {"low_q_recipA": 0.4})
    with running_real_broker(edited, tmp_path) as real:
        assert real.client.get(AZIM_INT).json()["low_q_recipA"] == 0.4
        assert real.client.get(ROI).json() == REGIONS


def test_a_wrong_section_of_the_file_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "broker.json"
    path.write_text(json.dumps(configuration(azim_int=Q_RANGE | {"q_spacing": 0})))
    with pytest.raises(ConfigurationError, match=r"azim_int\.q_spacing: expected a value > 0"):
        load_configuration(path)


def test_the_start_of_a_run_tells_them(tmp_path: Path) -> None:
    """Bins, regions and the most spots go to the stream as they were at the start."""
    address = f"tcp://127.0.0.1:{free_tcp_port()}"
    content = configuration(image_pusher="ZeroMQ", zeromq={"image_socket": [address]})
    with (
        running_real_broker(content, tmp_path) as real,
        zmq.Context() as context,
        context.socket(zmq.PULL) as puller,
    ):
        puller.connect(address)
        expect_ok(real.client.put(AZIM_INT, Q_RANGE | {"high_q_recipA": 0.36}))
        expect_ok(real.client.put(ROI, REGIONS))
        real.client.initialize()
        real.client.measure(dataset("run", 1))
        start = cbor_tags.decode(puller.recv())
    assert start["type"] == "start"
    assert start["az_int_bin_number"] == 6
    centres = [0.125, 0.175, 0.225, 0.275, 0.325, 0.375]
    assert start["az_int_bin_to_q"].pixels() == pytest.approx(centres)
    assert start["max_spot_count"] == 250
    assert start["user_data"]["rois"] == REGIONS
