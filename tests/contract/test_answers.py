"""The raw JSON of every GET answer before, during and after a run, and in Error."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.helpers.configurations import dataset
from tests.helpers.contract_values import read_json, violations
from tests.helpers.published_contract import OPERATIONS, answered_with_json, needs_contract
from tests.helpers.real_broker import RealBroker, configuration, running_real_broker

pytestmark = needs_contract

MOMENTS = ("inactive", "measuring", "idle", "error")
GETS = sorted(name for name, about in OPERATIONS.items() if about["method"] == "GET")
DEFLATED = sorted(
    name
    for name in GETS
    if any(field["name"] == "compression" for field in OPERATIONS[name].get("query", []))
)
SHORT_PEDESTAL = {
    "jungfrau_pedestal_g0_frames": 32,
    "jungfrau_pedestal_g1_frames": 0,
    "jungfrau_pedestal_g2_frames": 0,
    "jungfrau_pedestal_min_image_count": 32,
}
PULSED = {"source_name": "S", "instrument_name": "I", "pulsed_source": True}
REGIONS = {
    "box": {
        "rois": [{"name": "b", "min_x_pxl": 0, "max_x_pxl": 9, "min_y_pxl": 0, "max_y_pxl": 9}]
    },
    "circle": {"rois": [{"name": "c", "center_x_pxl": 5.5, "center_y_pxl": 9, "radius_pxl": 3}]},
}


@dataclass(frozen=True)
class Answer:
    """What came over the wire."""

    status: int
    content_type: str
    coding: str
    body: bytes

    @property
    def decoded(self) -> bytes:
        return zlib.decompress(self.body) if self.coding == "deflate" else self.body


Answers = dict[str, dict[str, Answer]]


def answers_now(url: str) -> dict[str, Answer]:
    """Ask everything, like the published client without accepting any coding."""
    with urllib3.PoolManager(headers={"Accept-Encoding": "identity"}) as pool:
        return {name: _answer(pool, url + _path(name)) for name in GETS}


def _path(name: str) -> str:
    query = "?gain_level=0" if name == "preview_pedestal_tiff_get" else ""
    return str(OPERATIONS[name]["path"]) + query


def _answer(pool: urllib3.PoolManager, url: str) -> Answer:
    answer = pool.request("GET", url, decode_content=False)
    headers = answer.headers
    content_type = headers.get("Content-Type", "").partition(";")[0]
    return Answer(answer.status, content_type, headers.get("Content-Encoding", ""), answer.data)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answers]:
    directory = tmp_path_factory.mktemp("answers")
    read_out = {"frame_time_us": 1000, "timing": "trigger", **SHORT_PEDESTAL}
    content = configuration(detector_settings=read_out, instrument=PULSED)
    with running_real_broker(content, directory) as real:
        yield _collected(real, directory / "state" / "calibration" / "TEST-0001.h5")


def _collected(real: RealBroker, calibration: Path) -> Answers:
    """One life with a run of three pulses."""
    client = real.client
    found: Answers = {"inactive": answers_now(client.url)}
    assert client.put("/config/roi", REGIONS).status_code == 200
    client.initialize()
    client.start(dataset("", 1, ntrigger=3))
    client.post("/trigger")
    client.wait_for_images(1)
    found["measuring"] = answers_now(client.url)
    for _ in range(2):
        client.post("/trigger")
    assert client.wait_till_done() == 200
    found["idle"] = answers_now(client.url)
    calibration.unlink()
    calibration.mkdir()
    client.post("/pedestal")
    assert client.wait_till_done() == 500
    found["error"] = answers_now(client.url)
    return found


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", GETS)
def test_an_answer_is_as_declared(answers: Answers, name: str, moment: str) -> None:
    """B003, B009, B010: a declared status, its content type, no body where none is declared."""
    answer = answers[moment][name]
    declared = OPERATIONS[name]["responses"]
    assert str(answer.status) in declared
    content_type = declared[str(answer.status)]["content_type"]
    assert answer.content_type == (content_type or "")
    assert bool(answer.body) == (content_type is not None)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", [name for name in GETS if answered_with_json(OPERATIONS[name])])
def test_json_is_what_the_models_say(answers: Answers, name: str, moment: str) -> None:
    """B009, B010, B169: integers as integers, no null, no unknown word, nothing out of range."""
    answer = answers[moment][name]
    if answer.status != 200:
        assert answer.status == 404
        return
    model = answered_with_json(OPERATIONS[name])
    assert model is not None
    value = read_json(answer.decoded)
    assert violations(model, value) == []
    assert b"null" not in answer.decoded


@pytest.mark.parametrize("name", GETS)
def test_everything_is_there_after_a_run(answers: Answers, name: str) -> None:
    assert answers["idle"][name].status == 200


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", GETS)
def test_plots_and_statistics_are_deflated(answers: Answers, name: str, moment: str) -> None:
    """B013: whatever the client accepts; nothing else is."""
    assert answers[moment][name].coding == ("deflate" if name in DEFLATED else "")


@pytest.mark.parametrize(
    ("moment", "state", "severity"),
    [
        ("inactive", "Inactive", "info"),
        ("measuring", "Measuring", "info"),
        ("idle", "Idle", "success"),
        ("error", "Error", "error"),
    ],
)
def test_the_severity_is_always_told(
    answers: Answers, moment: str, state: str, severity: str
) -> None:
    """B142: clients take its absence for an error."""
    status = read_json(answers[moment]["status_get"].body)
    told: dict[str, Any] = read_json(answers[moment]["statistics_get"].decoded)["broker"]
    for one in (status, told):
        assert (one["state"], one["message_severity"]) == (state, severity)


@pytest.mark.parametrize(
    ("model", "value", "complaint"),
    [
        ("BrokerStatus", {"state": "Asleep"}, "not one of"),
        ("BrokerStatus", {"state": "Idle", "progress": 1.0000001}, "out of range"),
        ("BrokerStatus", {"message": "m"}, ".state: missing"),
        ("BrokerStatus", {"state": "Idle", "message": None}, "expected string, got None"),
        ("BrokerStatus", {"state": "Idle", "more": 1}, "not in BrokerStatus"),
        ("Plots", {"plot": [{"title": "", "x": [1, None], "y": []}]}, ".plot[0].x[1]: expected"),
        ("Plots", {"plot": {}}, "expected an array"),
        ("array<integer>", [1, 2.0], "[1]: expected integer, got 2.0"),
        ("array<integer>", [True], "expected integer, got True"),
        ("JfjochStatistics", {"fpga": [{}]}, ".fpga[0].pci_dev_id: missing"),
        ("MeasurementStatistics", {"detector_pixel_depth": 1}, "not one of"),
        ("DetectorList", {"detectors": [], "current_id": "0"}, "expected integer"),
    ],
)
def test_the_check_finds_what_is_wrong(model: str, value: Any, complaint: str) -> None:
    assert any(complaint in found for found in violations(model, value)), violations(model, value)
