"""Every field of every JSON body: set and unset, every value, every limit and beyond.

The cases are made from the contract. What is taken is sent by the published client, which looks at
it too; what is refused is sent plainly, because the client would not send it.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jfjoch_client as jf
import pytest

from tests.helpers.published_contract import (
    OPERATIONS,
    Field,
    fields_of,
    needs_contract,
    values_of,
)
from tests.helpers.real_broker import RealBroker, configuration, running_real_broker

pytestmark = needs_contract

ABSENT = object()
BOX = {"name": "box", "min_x_pxl": 0, "max_x_pxl": 200, "min_y_pxl": 0, "max_y_pxl": 200}
CIRCLE = {"name": "circle", "center_x_pxl": 5, "center_y_pxl": 5, "radius_pxl": 3}
READ_OUT = {
    "frame_time_us": 1000,
    "timing": "auto",
    "internal_frame_generator": True,
    "jungfrau_pedestal_g0_frames": 200,
    "jungfrau_pedestal_g1_frames": 128,
    "jungfrau_pedestal_g2_frames": 128,
}
BODIES: dict[str, dict[str, Any]] = {
    "config_azim_int_put": {
        "solid_angle_corr": True,
        "low_q_recipA": 0.1,
        "high_q_recipA": 4,
        "q_spacing": 0.1,
    },
    "config_detector_put": READ_OUT,
    "config_image_format_put": {
        "summation": True,
        "geometry_transform": True,
        "jungfrau_conversion": True,
        "mask_module_edges": True,
        "mask_chip_edges": True,
        "apply_mask": False,
    },
    "config_instrument_put": {"source_name": "S", "instrument_name": "I"},
    "config_roi_put": {"box": {"rois": [BOX]}, "circle": {"rois": [CIRCLE]}},
    "config_select_detector_put": {"id": 0},
    "config_spot_finding_put": {
        "enable": True,
        "indexing": False,
        "signal_to_noise_threshold": 4,
        "photon_count_threshold": 8,
        "min_pix_per_spot": 1,
        "max_pix_per_spot": 200,
        "high_resolution_limit": 1.5,
        "low_resolution_limit": 50,
        "indexing_tolerance": 0.1,
    },
    "config_zeromq_metadata_put": {"enabled": False, "period_ms": 1000},
    "config_zeromq_preview_put": {"enabled": False, "period_ms": 1000},
    "preview_image_jpeg_post": {"saturation": 10},
    "start_post": {
        "beam_x_pxl": 500,
        "beam_y_pxl": 250.5,
        "detector_distance_mm": 150,
        "incident_energy_keV": 12.4,
    },
}
"""What is necessary, and what keeps it from depending on the field that is tried."""
UNIT_CELL = {"a": 79, "b": 79, "c": 38, "alpha": 90, "beta": 90, "gamma": 90}
EXAMPLES: dict[str, Any] = {
    "RotationAxis": {"step": 0.1, "vector": [1, 0, 0]},
    "DatasetSettingsUnitCell": UNIT_CELL,
    "frame_time_us": 1500,
    "count_time_us": 500,
    "jungfrau_pedestal_min_image_count": 100,
    "id": 0,
    "low_resolution_limit": 60,
    "image_time_us": 2000,
    "images_per_trigger": 2,
    "name": "n",
    "integer": 150,
    "number": 1.5,
    "string": "text",
    "any": {"deep": [1, None, "x"]},
}
"""A value for a field, by its name, or its model, or its type; brought into its range."""
CAN_NOT_BE_DONE = {
    ("frame_time_us", 1): (400, "frame_time_us must be at least 500"),
    ("timing", "burst"): (400, "timing of a JUNGFRAU is one of auto, trigger"),
    ("timing", "gated"): (400, "timing of a JUNGFRAU is one of auto, trigger"),
    ("jungfrau_pedestal_g0_frames", 0): (400, "jungfrau_pedestal_g0_frames must be at least"),
    ("jungfrau_use_gain_hg0", True): (400, "jungfrau_use_gain_hg0 needs gain files"),
    ("show_indexed", True): (404, ""),
}
"""What the contract allows, and this detector, its images or this version do not."""
READ_ONLY = {"socket_address"}
"""Of the streams: the address is told, and not changed."""


@dataclass(frozen=True)
class Case:
    """One field of the body with one value."""

    operation: str
    path: tuple[str | int, ...]
    value: Any

    @property
    def name(self) -> str:
        return str([step for step in self.path if isinstance(step, str)][-1])

    @property
    def body(self) -> dict[str, Any]:
        """The necessary, and this."""
        body = copy.deepcopy(BODIES[self.operation])
        place: Any = body
        for step, example in zip(self.path[:-1], self._holders(), strict=True):
            if isinstance(step, str) and step not in place:
                place[step] = copy.deepcopy(example)
            place = place[step]
        if self.value is ABSENT:
            place.pop(self.path[-1], None)
        else:
            place[self.path[-1]] = self.value
        return body

    def _holders(self) -> list[Any]:
        examples = {"goniometer": EXAMPLES["RotationAxis"], "unit_cell": UNIT_CELL}
        return [examples.get(str(step)) for step in self.path[:-1]]

    def __str__(self) -> str:
        value = "absent" if self.value is ABSENT else repr(self.value)[:20]
        return f"{self.operation}-{'.'.join(map(str, self.path))}-{value}"


Place = tuple[str, tuple[str | int, ...], Field]


def places() -> Iterator[Place]:
    """Every field, down to the fields of objects in it."""
    for operation in BODIES if OPERATIONS else ():
        model = OPERATIONS[operation]["request"]["model"]
        yield from _places(operation, (), model)


def _places(operation: str, path: tuple[str | int, ...], model: str) -> Iterator[Place]:
    for field in fields_of(model).values():
        here = (*path, field["name"])
        yield operation, here, field
        if field["type"] == "ref" and values_of(field) is None:
            yield from _places(operation, here, field["model"])
        elif field["type"] == "array" and field["items"]["type"] == "ref":
            yield from _places(operation, (*here, 0), field["items"]["model"])


def taken() -> Iterator[Case]:
    """Left out, set, every value, both ends of every range."""
    for operation, path, field in places():
        for value in _taken_values(field):
            yield Case(operation, path, value)


def _taken_values(field: Field) -> Iterator[Any]:
    if not field["required"]:
        yield ABSENT
    values = values_of(field)
    if values is not None:
        yield from values
    elif field["type"] == "boolean":
        yield from (False, True)
    elif field["type"] == "array":
        yield from _arrays(field, field.get("min_length", 0), field.get("max_length", 0))
    elif field["type"] != "ref" or field["model"] in EXAMPLES:
        example = _example(field)
        ends = [field[end] for end in ("min", "max") if end in field]
        yield from (example, *(end for end in ends if end != example))
    if field.get("nullable"):
        yield None


def refused_cases() -> Iterator[Case]:
    """Missing, of another type, not among the values, one step outside of the range."""
    for operation, path, field in places():
        for value in _refused_values(field):
            yield Case(operation, path, value)


def _refused_values(field: Field) -> Iterator[Any]:
    if field["required"]:
        yield from (ABSENT, None)
    if field["type"] == "any":
        return
    wrong = {"string": 5, "boolean": "true", "array": {}, "ref": 7}
    yield wrong.get(field["type"], "1")
    step = 1 if field["type"] == "integer" else 0.001
    if field["type"] == "integer":
        yield from (1.5, True, 2**64)
    if values_of(field) is not None:
        yield 12 if field["type"] == "integer" else "Nonsense"
    if field["type"] == "array" and "max_length" in field:
        too_short = [field["min_length"] - 1] if "min_length" in field else []
        yield from _arrays(field, *too_short, field["max_length"] + 1)
    if "min_length" in field and field["type"] == "string":
        yield ""
    for end, direction in (("min", -1), ("max", 1)):
        if end in field:
            yield field[end] + direction * step
    if "exclusive_min" in field:
        yield field["exclusive_min"]


def _example(field: Field) -> Any:
    by_name = EXAMPLES.get(field["name"], EXAMPLES.get(field.get("model", "")))
    value = EXAMPLES[field["type"]] if by_name is None else by_name
    if field["type"] in ("integer", "number") and by_name is None:
        value = min(value, field.get("max", value))
        value = max(value, field.get("min", value))
    return value


def _arrays(field: Field, *lengths: int) -> Iterator[list[Any]]:
    """Of these lengths; regions have names of their own."""
    for length in sorted(set(lengths)):
        if field["items"]["type"] == "number":
            yield [1.5] * length
        else:
            like = BOX if field["items"]["model"] == "RoiBox" else CIRCLE
            yield [like | {"name": f"{like['name']} {n}"} for n in range(length)]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealBroker]:
    directory: Path = tmp_path_factory.mktemp("settings")
    content = configuration(detector_settings=READ_OUT)
    with running_real_broker(content, directory) as real:
        real.client.initialize()
        real.client.measure(BODIES["start_post"])
        yield real


@pytest.fixture
def real(broker: RealBroker) -> RealBroker:
    """In Idle, with frames of the internal generator."""
    broker.client.wait_till_done()
    if broker.client.state() != "Idle":
        broker.client.initialize()
    return broker


def send_by_client(real: RealBroker, case: Case) -> None:
    model = OPERATIONS[case.operation]["request"]["model"]
    settings = getattr(jf, model).from_dict(case.body)
    getattr(real.api, case.operation)(settings)


def settings_now(real: RealBroker, case: Case) -> Any:
    """What GET says about what the case would change."""
    get = OPERATIONS.get(case.operation.replace("_put", "_get").replace("start_post", "status_get"))
    assert get is not None
    return real.client.get(get["path"]).json() if get["method"] == "GET" else None


@pytest.mark.parametrize("case", list(taken()), ids=str)
def test_what_the_contract_allows_is_taken(real: RealBroker, case: Case) -> None:
    """B011, B034-B066, B082-B127, B133-B141, B149-B153, B177: and told in the same words."""
    if (case.name, _hashable(case.value)) in CAN_NOT_BE_DONE:
        status, text = CAN_NOT_BE_DONE[case.name, _hashable(case.value)]
        with pytest.raises(jf.exceptions.ApiException) as caught:
            send_by_client(real, case)
        assert caught.value.status == status
        assert text in str(caught.value.body)
        return
    send_by_client(real, case)
    assert real.client.wait_till_done() in (200, 502)
    if case.operation.startswith("config_") and case.operation != "config_select_detector_put":
        told = real.client.get(OPERATIONS[case.operation]["path"]).json()
        assert _is_told(case.body, told), told
        if case.operation == "config_detector_put" and case.body != READ_OUT:
            assert real.client.put("/config/detector", READ_OUT).status_code == 200


def _hashable(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool) else None


def _is_told(sent: Any, told: Any) -> bool:
    """Whether all that was sent is in the answer, which may name defaults besides."""
    if isinstance(sent, dict):
        return all(
            name in READ_ONLY or (name in told and _is_told(value, told[name]))
            for name, value in sent.items()
        )
    if isinstance(sent, list):
        return len(sent) == len(told) and all(map(_is_told, sent, told))
    return bool(sent == told)


@pytest.mark.parametrize("case", list(refused_cases()), ids=str)
def test_what_the_contract_excludes_is_refused(real: RealBroker, case: Case) -> None:
    """B005, B031, B034: 400 with a text that names the field; nothing has changed."""
    before = settings_now(real, case)
    operation = OPERATIONS[case.operation]
    send = real.client.put if operation["method"] == "PUT" else real.client.post
    answer = send(operation["path"], case.body)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    assert case.name in answer.text
    assert settings_now(real, case) == before
    assert real.client.state() == "Idle"


def test_there_are_cases_for_every_body() -> None:
    bodies = {
        name
        for name, operation in OPERATIONS.items()
        if operation.get("request", {}).get("content_type") == "application/json"
    }
    assert set(BODIES) == bodies
    assert {case.operation for case in taken()} == bodies
    assert {case.operation for case in refused_cases()} == bodies


def test_null_stands_for_a_field_left_out(real: RealBroker) -> None:
    """B011: of every optional field, but in the appendices."""
    for operation, path, field in places():
        if field["required"] or field.get("nullable") or operation == "start_post":
            continue
        case = Case(operation, path, None)
        about = OPERATIONS[operation]
        send = real.client.put if about["method"] == "PUT" else real.client.post
        answer = send(about["path"], case.body)
        assert answer.status_code == 200, (str(case), answer.text)
        assert real.client.wait_till_done() in (200, 502)
        if real.client.state() == "Inactive":
            real.client.initialize()
