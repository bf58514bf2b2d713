"""Which command is answered how in which state, through HTTP to the real broker."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.broker_client import BrokerClient, expect_ok
from tests.helpers.configurations import dataset
from tests.helpers.real_broker import configuration, running_real_broker

STATES = ("Inactive", "Error", "Idle", "Busy", "Measuring", "Pedestal")
OK, WRONG, WRONG_TEXT = (200, ""), (500, "WrongDAQState"), (400, "text/plain")
FAILED, NOT_READY, STILL = (500, "Other"), (502, ""), (504, "")

DETECTOR = "/config/detector"
READ_OUT = {
    "frame_time_us": 1000,
    "timing": "trigger",
    "jungfrau_pedestal_g0_frames": 32,
    "jungfrau_pedestal_g1_frames": 0,
    "jungfrau_pedestal_g2_frames": 0,
    "jungfrau_pedestal_min_image_count": 32,
}
ENDLESS = READ_OUT | {"jungfrau_pedestal_g0_frames": 10**9}
SETTINGS = (
    DETECTOR,
    "/config/image_format",
    "/config/instrument",
    "/config/roi",
    "/config/azim_int",
    "/config/spot_finding",
    "/config/zeromq_preview",
    "/config/zeromq_metadata",
)
RAW_BYTES, IMAGE_PIXELS = 512 * 1024 * 2, 514 * 1030

Answer = tuple[int, str]
EXPECTED: dict[str, tuple[Answer, ...]] = {
    "POST /initialize": (OK, OK, OK, WRONG, WRONG, WRONG),
    "POST /pedestal": (WRONG, WRONG, OK, WRONG, WRONG, WRONG),
    "POST /start": (WRONG, WRONG, OK, WRONG, WRONG, WRONG),
    "POST /deactivate": (WRONG, OK, OK, WRONG, WRONG, WRONG),
    "POST /cancel": (OK,) * 6,
    "POST /trigger": (OK,) * 6,
    "PUT /config/detector": (OK, OK, OK, WRONG, WRONG, WRONG),
    "PUT /config/instrument": (OK, OK, OK, WRONG, WRONG, WRONG),
    "PUT /config/image_format": (OK, OK, OK, WRONG, WRONG, WRONG),
    "POST /config/image_format/raw": (OK, OK, OK, WRONG, WRONG, WRONG),
    "POST /config/image_format/conversion": (OK, OK, OK, WRONG, WRONG, WRONG),
    "PUT /config/select_detector": (OK, OK, OK, WRONG, WRONG, WRONG),
    "PUT /config/roi": (OK, OK, OK, WRONG, WRONG, WRONG),
    "PUT /config/azim_int": (OK, WRONG, OK, WRONG, WRONG, WRONG),
    "PUT /config/spot_finding": (OK,) * 6,
    "PUT /config/zeromq_preview": (OK,) * 6,
    "PUT /config/zeromq_metadata": (OK,) * 6,
    "PUT /config/user_mask": (WRONG, WRONG, OK, WRONG, WRONG, WRONG),
    "PUT /config/internal_generator_image": (WRONG_TEXT, WRONG_TEXT, OK, *(WRONG_TEXT,) * 3),
    "POST /wait_till_done": (NOT_READY, FAILED, OK, STILL, STILL, STILL),
}
"""Columns as in STATES."""
CHANGED_STATES: dict[tuple[str, str], set[str]] = {
    **{("POST /initialize", state): {"Busy", "Idle"} for state in ("Inactive", "Error", "Idle")},
    ("POST /initialize", "Error"): {"Busy", "Error"},
    ("POST /pedestal", "Idle"): {"Pedestal", "Idle"},
    ("POST /start", "Idle"): {"Measuring"},
    ("POST /deactivate", "Error"): {"Inactive"},
    ("POST /deactivate", "Idle"): {"Inactive"},
    ("PUT /config/detector", "Idle"): {"Pedestal", "Idle"},
    **{("PUT /config/select_detector", s): {"Inactive"} for s in ("Inactive", "Error", "Idle")},
    ("POST /cancel", "Busy"): {"Busy", "Inactive"},
    ("POST /cancel", "Measuring"): {"Measuring", "Idle"},
    ("POST /cancel", "Pedestal"): {"Pedestal", "Idle"},
}
"""Where the command leads, which may be on its way; any other leaves the state as it is."""
CASES = [
    (state, command, EXPECTED[command][column])
    for column, state in enumerate(STATES)
    for command in EXPECTED
]


@dataclass(frozen=True)
class RestlessBroker:
    """Can be brought into every state, and stays there until it is told otherwise."""

    client: BrokerClient
    calibration: Path
    """While a folder lies here, a pedestal can't be kept: the operation fails."""

    def bring_to(self, state: str) -> None:
        if self.client.state() == state:
            return
        self._become_inactive()
        expect_ok(self.client.put(DETECTOR, ENDLESS if state == "Busy" else READ_OUT))
        if state == "Inactive":
            return
        if state == "Error":
            self.calibration.mkdir(parents=True)
        expect_ok(self.client.post("/initialize"))
        if state != "Busy":
            assert self.client.wait_till_done() == (500 if state == "Error" else 200)
        if state == "Measuring":
            self.client.start(dataset("", 1, ntrigger=1000))
        elif state == "Pedestal":
            expect_ok(self.client.put(DETECTOR, ENDLESS))
        assert self.client.state() == state

    def _become_inactive(self) -> None:
        self.client.post("/cancel")
        self.client.wait_till_done()
        if self.client.state() != "Inactive":
            expect_ok(self.client.post("/deactivate"))
        if self.calibration.is_dir():
            self.calibration.rmdir()
        self.calibration.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestlessBroker]:
    directory = tmp_path_factory.mktemp("states")
    with running_real_broker(configuration(detector_settings=READ_OUT), directory) as real:
        kept = directory / "state" / "calibration" / "TEST-0001.h5"
        yield RestlessBroker(real.client, kept)


def send(client: BrokerClient, command: str) -> Answer:
    """Send the command; the status, and the reason or the content type of what is refused."""
    method, path = command.split()
    if path == "/config/user_mask":
        answer = client.put_bytes(path, bytes(4 * IMAGE_PIXELS), "application/octet-stream")
    elif path == "/config/internal_generator_image":
        answer = client.put_bytes(path, bytes(RAW_BYTES), "application/octet-stream")
    elif method == "PUT":
        body = {"id": 0} if path == "/config/select_detector" else client.get(path).json()
        answer = client.put(path, body)
    else:
        body = dataset("", 1) if path == "/start" else None
        query = "?timeout=0" if path == "/wait_till_done" else ""
        answer = client.post(path + query, body)
    if answer.status_code == 500:
        return 500, str(answer.json()["reason"])
    return answer.status_code, answer.headers.get("content-type", "").partition(";")[0]


def settings_of(client: BrokerClient) -> dict[str, Any]:
    return {path: client.get(path).json() for path in SETTINGS}


@pytest.mark.parametrize(("state", "command", "expected"), CASES)
def test_a_command_in_a_state(
    broker: RestlessBroker, state: str, command: str, expected: Answer
) -> None:
    """B007, B017-B018, B024, B030-B031, B067-B070, B072-B080, B096, B101, B113-B116, B124, B130,
    B133, B184: the answer, and where the broker is then.
    """
    broker.bring_to(state)
    before = settings_of(broker.client)
    assert send(broker.client, command) == expected
    assert broker.client.state() in CHANGED_STATES.get((command, state), {state})
    if not command.endswith(("/raw", "/conversion")):
        assert settings_of(broker.client) == before
    if command == "POST /cancel":
        broker.client.wait_till_done()  # what it ends may take a moment; the next test wants rest


@pytest.mark.parametrize("state", STATES)
def test_everything_can_be_asked_in_every_state(broker: RestlessBroker, state: str) -> None:
    """B081, B143: no GET depends on the state but for what there is not yet."""
    broker.bring_to(state)
    paths = [*SETTINGS, "/config/mask", "/config/user_mask.tiff", "/config/select_detector"]
    for path in [*paths, "/status", "/statistics", "/fpga_status", "/version", "/plot/azim_int"]:
        assert broker.client.get(path).status_code == 200, path
    assert broker.client.state() == state


def test_a_way_out_of_error(broker: RestlessBroker) -> None:
    """B018, B023: by initialize when its cause is gone, and only then."""
    broker.bring_to("Error")
    message = broker.client.status()["message"]
    assert str(broker.calibration) in message
    for _ in range(2):
        answer = broker.client.post("/wait_till_done?timeout=0")
        assert answer.json() == {"msg": message, "reason": "Other"}
    expect_ok(broker.client.post("/initialize"))
    assert broker.client.wait_till_done() == 500
    broker.calibration.rmdir()
    expect_ok(broker.client.post("/initialize"))
    assert broker.client.wait_till_done() == 200
    assert broker.client.state() == "Idle"


def test_cancelled_operations_end_where_the_table_says(broker: RestlessBroker) -> None:
    """B073, B075: Measuring and Pedestal in Idle, initialize in Inactive."""
    for state, end, waited in (
        ("Busy", "Inactive", 502),
        ("Measuring", "Idle", 200),
        ("Pedestal", "Idle", 200),
    ):
        broker.bring_to(state)
        expect_ok(broker.client.post("/cancel"))
        assert broker.client.wait_till_done() == waited
        assert broker.client.state() == end
