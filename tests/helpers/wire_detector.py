"""A detector on the wire, as the broker tells of it."""

from typing import Any

from tests.helpers.broker_client import BrokerClient, expect_ok
from tests.helpers.service_process import wait_until


def detector_status(client: BrokerClient) -> dict[str, Any]:
    answer = client.get("/detector/status")
    expect_ok(answer)
    content: dict[str, Any] = answer.json()
    return content


def wait_for_detector(client: BrokerClient, state: str, triggers_left: int) -> None:
    """It is told as of a second ago."""

    def is_so() -> bool:
        status = detector_status(client)
        return (status["state"], status["number_of_triggers_left"]) == (state, triggers_left)

    wait_until(is_so, f"{state}, {triggers_left} triggers left")


def change_detector(client: BrokerClient, **settings: Any) -> None:
    expect_ok(client.update("/config/detector", **settings))
    assert client.wait_till_done() == 200, client.status()
