"""Bodies that are no JSON, or not what an operation takes: 400 and a text (B005-B012)."""

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.helpers.http_service import HttpService, running_http_service
from tests.helpers.service_process import wait_until

DATASET = {
    "beam_x_pxl": 500,
    "beam_y_pxl": 250.5,
    "detector_distance_mm": 150,
    "incident_energy_keV": 12.4,
}
JSON_TYPE = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def service() -> Iterator[HttpService]:
    with running_http_service() as running:
        yield running


def refused(answer: httpx.Response) -> str:
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/plain")
    return answer.text


@pytest.mark.parametrize("path", ["/config/detector", "/config/image_format"])
@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "body: expected a value, got none"),
        (b"{", "EOF while parsing an object at line 1 column 1"),
        (b"[]", "body: expected a JSON object, got []"),
        (b"null", "body: expected a"),
        (b"3", "body: expected a JSON object, got 3"),
        (b'{"a": NaN}', "the body can't be used: expected value at line 1 column 7"),
        (b'{"a": 1e999}', "a: expected a number that a double can hold"),
        (b'{"a": [0, 99999999999999999999]}', "a[1]: expected an integer of at most 64 bits"),
        (b"9" * 10_000, "number out of range"),
        (b'{"a": "\\ud800"}', "hex escape"),
        (b"[" * 10_000, "recursion limit"),
        (b'{"a":' * 10_000, "recursion limit"),
        (b"\xff\xfe", "the body can't be used"),
    ],
)
def test_body_that_is_no_settings(
    service: HttpService, path: str, body: bytes, message: str
) -> None:
    before = service.http.get(path).json()
    assert message in refused(service.http.put(path, content=body, headers=JSON_TYPE))
    assert service.http.get(path).json() == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"beam_x_pxl": None}, "beam_x_pxl: expected a value, got none"),
        ({"incident_energy_keV": 500.1}, "incident_energy_keV: expected a value <= 500.0"),
        ({"incident_energy_keV": 0}, "incident_energy_keV: expected a value >= 0.001, got 0"),
        ({"images_per_trigger": 0}, "images_per_trigger: expected a value >= 1, got 0"),
        ({"ntrigger": 1.5}, "ntrigger: expected an integer, got 1.5"),
        ({"ntrigger": True}, "ntrigger: expected an integer, got true"),
        ({"ntrigger": 2**63}, "ntrigger: "),
        ({"space_group_number": 195}, "space_group_number: expected a value <= 194, got 195"),
        (
            {"compression": "gzip"},
            "compression: expected 'bslz4', 'bszstd', 'bszstd_rle' or 'none'",
        ),
        ({"poisson_compression": 17}, "poisson_compression: expected a value <= 16, got 17"),
        ({"transmission": 1.01}, "transmission: expected a value <= 1.0"),
        ({"goniometer": {"step": 1, "vector": [1, 0]}}, "goniometer.vector: expected a list of at"),
        ({"unit_cell": {"a": 1}}, "unit_cell.b: expected a value, got none"),
        ({"sample_name": 5}, "sample_name: expected a text, got 5"),
        ({"header_appendix": {"deep": [1e308, 2**64]}}, "header_appendix.deep[1]: expected an"),
    ],
)
def test_field_and_limit_are_named(
    service: HttpService, change: dict[str, object], message: str
) -> None:
    """B031, B034-B066."""
    answer = service.http.post("/start", json=DATASET | change)
    assert message in refused(answer)
    assert service.broker.datasets == []


def test_input_is_checked_before_the_state(service: HttpService) -> None:
    assert service.http.post("/start", json=DATASET).status_code == 500
    refused(service.http.post("/start", json={}))


def test_null_is_absent_and_unknown_keys_are_ignored(service: HttpService) -> None:
    """B011, B012."""
    settings = {"frame_time_us": 750, "count_time_us": None, "timing": None, "of_rc179": [1]}
    assert service.http.put("/config/detector", json=settings).status_code == 200
    stored = service.http.get("/config/detector").json()
    assert (stored["frame_time_us"], stored["timing"]) == (750, "trigger")
    assert not {"count_time_us", "of_rc179"} & stored.keys()


def test_json_must_say_so(service: HttpService) -> None:
    body = json.dumps({"frame_time_us": 750}).encode()
    for headers in ({}, {"Content-Type": "text/plain"}):
        text = refused(service.http.put("/config/detector", content=body, headers=headers))
        assert text == "body: expected a JSON object, sent with Content-Type: application/json"


@pytest.mark.parametrize("timeout", ["-1", "3601", "1.5", "abc", "", "9" * 5000])
def test_wait_with_a_bad_timeout(service: HttpService, timeout: str) -> None:
    """B069: 400 without a body."""
    answer = service.http.post("/wait_till_done", params={"timeout": timeout})
    assert (answer.status_code, answer.content) == (400, b"")


@pytest.mark.parametrize("image_id", ["-1", "128", "x"])
def test_generator_image_with_a_bad_id(service: HttpService, image_id: str) -> None:
    answer = service.http.put("/config/internal_generator_image", params={"id": image_id})
    assert "id: expected" in refused(answer)


def test_what_is_not_there(service: HttpService) -> None:
    assert service.http.get("/nothing").status_code == 404
    answer = service.http.get("/initialize")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_defect_of_ours_is_no_fault_of_the_client(
    service: HttpService, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """B007."""

    def fail() -> None:
        raise ZeroDivisionError("for the test")

    monkeypatch.setattr(service.broker, "pedestal", fail)
    answer = service.http.post("/pedestal")
    assert (answer.status_code, answer.json()["reason"]) == (500, "Other")
    assert "internal error (ZeroDivisionError)" in answer.json()["msg"]
    # The server logs it after it has answered.
    wait_until(lambda: "for the test" in caplog.text, "the traceback in the log")
