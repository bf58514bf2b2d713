"""The few calls of the broker's HTTP interface that a command line needs."""

import http.client
import json
from typing import Any

from pydantic import BaseModel

from jfjoch.errors import JfjochError
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.status import BrokerStatus, ErrorMessage, MeasurementStatistics

ANSWER_TIME_S = 30.0
"""Longest wait for an answer; POST /start may take some seconds."""


class RequestRefused(JfjochError):
    """The broker answered with an error; the message is the broker's own."""


class BrokerClient:
    """Talks to one broker, one connection per call."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self.port = port

    @property
    def url(self) -> str:
        """Where the broker answers."""
        return f"http://{self._host}:{self.port}"

    def status(self) -> BrokerStatus:
        """Return what the broker does now. Raises OSError while it does not answer."""
        return BrokerStatus.model_validate_json(self._request("GET", "/status"))

    def statistics(self) -> MeasurementStatistics:
        """Return the figures of the present run, or else the last one."""
        answer = self._request("GET", "/statistics/data_collection")
        return MeasurementStatistics.model_validate_json(answer)

    def initialize(self) -> None:
        """Begin to initialize the detector; returns at once."""
        self._request("POST", "/initialize")

    def start(self, dataset: DatasetSettings) -> None:
        """Start a run; returns when the detector is armed. Raises RequestRefused."""
        self._request("POST", "/start", dataset)

    def _request(self, method: str, path: str, body: BaseModel | None = None) -> bytes:
        connection = http.client.HTTPConnection(self._host, self.port, timeout=ANSWER_TIME_S)
        try:
            connection.request(method, path, *_encode(body))
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status != http.client.OK:
            raise RequestRefused(f"{method} {path}: {answer.status} {_explanation(content)}")
        return content


def _encode(body: BaseModel | None) -> tuple[bytes | None, dict[str, str]]:
    if body is None:
        return None, {}
    content = body.model_dump_json(exclude_none=True).encode()
    return content, {"Content-Type": "application/json"}


def _explanation(content: bytes) -> str:
    """Return the text of an error's body: an ErrorMessage, plain text, or nothing."""
    try:
        message: Any = json.loads(content)
        return ErrorMessage.model_validate(message).msg
    except ValueError:
        return content.decode(errors="replace")
