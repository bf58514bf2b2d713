"""What a user is told who asks for something at the wrong time."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.helpers.http_service import HttpService, running_http_service

IMAGE_FORMAT = {
    "summation": True,
    "geometry_transform": True,
    "jungfrau_conversion": True,
    "mask_module_edges": True,
    "mask_chip_edges": True,
    "apply_mask": False,
}
REQUESTS: list[tuple[str, str, dict[str, Any] | None]] = [
    ("POST", "/initialize", None),
    ("POST", "/pedestal", None),
    ("POST", "/deactivate", None),
    ("PUT", "/config/image_format", IMAGE_FORMAT),
    ("POST", "/config/image_format/raw", None),
    ("POST", "/config/image_format/conversion", None),
    ("PUT", "/config/instrument", {"source_name": "S", "instrument_name": "I"}),
    ("PUT", "/config/detector", {"frame_time_us": 1000}),
    ("PUT", "/config/select_detector", {"id": 1}),
]


@pytest.fixture(scope="module")
def service() -> Iterator[HttpService]:
    with running_http_service() as running:
        running.broker.become_idle()
        assert running.http.post("/pedestal").status_code == 200
        yield running


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
def test_a_refusal_names_the_request(
    service: HttpService, method: str, path: str, body: dict[str, Any] | None
) -> None:
    """B003, B007: request, state, where it is allowed and what to do; no names of ours."""
    answer = service.http.request(method, path, json=body)
    assert answer.status_code == 500
    error = answer.json()
    assert error["reason"] == "WrongDAQState"
    beginning = f"Detector in wrong state: {method} {path} is not allowed in Pedestal, only in "
    assert error["msg"].startswith(beginning)
    assert "cancel" in error["msg"]


def test_a_refusal_in_plain_text_does_so_too(service: HttpService) -> None:
    """B130: the contract declares 400 for this one."""
    path = "/config/internal_generator_image"
    answer = service.http.put(path, params={"id": 3}, content=b"")
    assert answer.status_code == 400
    assert f"PUT {path} is not allowed in Pedestal" in answer.text
