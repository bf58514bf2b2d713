"""The broker's HTTP interface, as far as command lines need it."""

import http.client
import json
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from jfjoch.errors import JfjochError, Reason
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.detector_list import DetectorList
from jfjoch.model.status import BrokerStatus, ErrorMessage, MeasurementStatistics

ANSWER_TIME_S = 30.0
"""Longest wait for an answer; POST /start may take some seconds."""
JSON = "application/json"

M = TypeVar("M", bound=BaseModel)


class RequestRefused(JfjochError):
    """The broker answered with an error; the message is the broker's own.

    ``text`` is that message alone; ``answered_reason`` is there where the broker gave one (500).
    """

    def __init__(self, request: str, status: int, text: str, reason: Reason | None) -> None:
        super().__init__(f"{request}: {status} {text}")
        self.status = status
        self.text = text
        self.answered_reason = reason


class BrokerUnreachable(JfjochError, ConnectionError):
    """Nobody answers there, or somebody who is not a broker."""


class BrokerClient:
    """Talks to one broker, one connection per call.

    Every call raises RequestRefused for an answer that is an error, and BrokerUnreachable (an
    OSError) when there is no answer or one that no broker gives.
    """

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self.port = port

    @property
    def url(self) -> str:
        """Where the broker answers."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}"

    def status(self) -> BrokerStatus:
        """Return what the broker does now."""
        return self._model(BrokerStatus, "/status")

    def statistics(self) -> MeasurementStatistics:
        """Return the figures of the present run, or else the last one; 404 before the first."""
        return self._model(MeasurementStatistics, "/statistics/data_collection")

    def detectors(self) -> DetectorList:
        """Return the detectors there are, and which is in use."""
        return self._model(DetectorList, "/config/select_detector")

    def initialize(self) -> None:
        """Begin to initialize the detector; returns at once."""
        self.post("/initialize")

    def pedestal(self) -> None:
        """Begin to measure the pedestal; returns at once."""
        self.post("/pedestal")

    def start(self, dataset: DatasetSettings) -> None:
        """Start a run; returns when the detector is armed. Sends only what was set."""
        self.post("/start", dataset.model_dump_json(exclude_unset=True).encode())

    def trigger(self) -> None:
        """Release the images of one trigger; no effect unless a run takes triggers."""
        self.post("/trigger")

    def cancel(self) -> None:
        """End what runs; it may go on for a moment. No effect when nothing runs."""
        self.post("/cancel")

    def deactivate(self) -> None:
        """Switch the detector off; returns when it is off."""
        self.post("/deactivate")

    def wait_till_done(self, timeout_s: int) -> bool:
        """Wait until nothing runs any more; False when ``timeout_s`` have passed before.

        Raises RequestRefused: 500 with what has failed, 502 for a detector not initialized.
        """
        path = f"/wait_till_done?timeout={timeout_s}"
        try:
            self._request("POST", path, answer_time_s=ANSWER_TIME_S + timeout_s)
        except RequestRefused as refusal:
            if refusal.status == http.client.GATEWAY_TIMEOUT:
                return False
            raise
        return True

    def get(self, path: str) -> bytes:
        """Return the body of the answer to a GET."""
        return self._request("GET", path)

    def post(self, path: str, body: bytes | None = None) -> bytes:
        """Return the body of the answer to a POST, of JSON if there is a body."""
        return self._request("POST", path, body)

    def put(self, path: str, body: bytes, content_type: str = JSON) -> None:
        """Send a PUT."""
        self._request("PUT", path, body, content_type)

    def _model(self, model: type[M], path: str) -> M:
        content = self.get(path)
        try:
            return model.model_validate_json(content)
        except ValidationError as error:
            raise BrokerUnreachable(
                f"GET {path}: expected a {model.__name__} from a broker at {self.url}, got"
                f" {len(content)} bytes of something else; check the URL and the version"
            ) from error

    def _request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        content_type: str = JSON,
        answer_time_s: float = ANSWER_TIME_S,
    ) -> bytes:
        headers = {} if body is None else {"Content-Type": content_type}
        connection = http.client.HTTPConnection(self._host, self.port, timeout=answer_time_s)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(f"{method} {path}", error) from error
        finally:
            connection.close()
        if not 200 <= answer.status < 300:
            _refuse(f"{method} {path}", answer.status, content)
        return content

    def _unreachable(self, request: str, error: Exception) -> BrokerUnreachable:
        if isinstance(error, TimeoutError):
            return BrokerUnreachable(
                f"{request}: {self.url} did not answer in time; whether it was done is not known"
            )
        what = (isinstance(error, OSError) and error.strerror) or str(error) or repr(error)
        return BrokerUnreachable(
            f"{request}: expected a broker at {self.url}, got: {what};"
            " start jfjoch_broker, or give its URL"
        )


def _refuse(request: str, status: int, content: bytes) -> NoReturn:
    text, reason = _explanation(content)
    raise RequestRefused(request, status, text or http.client.responses.get(status, ""), reason)


def _explanation(content: bytes) -> tuple[str, Reason | None]:
    """Return the text and reason of an error's body: an ErrorMessage, plain text, or nothing."""
    try:
        message: Any = json.loads(content)
        parsed = ErrorMessage.model_validate(message)
    except (ValueError, RecursionError):
        return content.decode(errors="replace"), None
    return parsed.msg, parsed.reason
