"""The broker's HTTP interface, spoken plainly; answers are what came, errors included."""

from types import TracebackType
from typing import Any, Self

import httpx

from tests.helpers.service_process import wait_until

LONGEST_WAIT_S = 60


class BrokerClient:
    """One connection to a broker."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, timeout=LONGEST_WAIT_S + 30.0, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def answers(self) -> bool:
        """Whether anybody answers GET /status."""
        try:
            return self.get("/status").status_code == 200
        except httpx.TransportError:
            return False

    def get(self, path: str) -> httpx.Response:
        """Send a GET."""
        return self._http.get(path)

    def post(self, path: str, json: Any = None) -> httpx.Response:
        """Send a POST, with a JSON body if one is given."""
        return self._http.post(path, json=json)

    def put(self, path: str, json: Any) -> httpx.Response:
        """Send a PUT with a JSON body."""
        return self._http.put(path, json=json)

    def put_bytes(self, path: str, body: bytes, content_type: str) -> httpx.Response:
        """Send a PUT with a binary body."""
        return self._http.put(path, content=body, headers={"Content-Type": content_type})

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """Send anything."""
        return self._http.request(method, path, content=body, headers=headers)

    def status(self) -> dict[str, Any]:
        """Return the answer of GET /status."""
        return _json_of(self.get("/status"))

    def state(self) -> str:
        """Return the state alone."""
        return str(self.status()["state"])

    def statistics(self) -> dict[str, Any]:
        """Return the numbers of the last run."""
        return _json_of(self.get("/statistics/data_collection"))

    def wait_till_done(self, timeout_s: int = LONGEST_WAIT_S) -> int:
        """Wait for the end of what is going on; the HTTP status code."""
        return self.post(f"/wait_till_done?timeout={timeout_s}").status_code

    def initialize(self) -> None:
        """Initialize and wait until Idle."""
        expect_ok(self.post("/initialize"))
        assert self.wait_till_done() == 200, self.status()

    def start(self, dataset: dict[str, Any]) -> None:
        """Start a run that is expected to be taken."""
        expect_ok(self.post("/start", dataset))

    def measure(self, dataset: dict[str, Any]) -> dict[str, Any]:
        """Carry out a whole run that is expected to end well; its statistics."""
        self.start(dataset)
        assert self.wait_till_done() == 200, self.status()
        return self.statistics()

    def update(self, path: str, **changes: Any) -> httpx.Response:
        """Read settings, change some of them and put them back."""
        return self.put(path, {**_json_of(self.get(path)), **changes})

    def wait_for_images(self, count: int) -> None:
        """Wait until a running measurement has collected that many images."""
        wait_until(lambda: self.images_collected() >= count, f"{count} images collected")

    def images_collected(self) -> int:
        """Images of the last run so far."""
        answer = self.get("/statistics/data_collection")
        return int(answer.json().get("images_collected", 0)) if answer.status_code == 200 else 0


def expect_ok(answer: httpx.Response) -> None:
    """Assert 200 and show the body otherwise."""
    assert answer.status_code == 200, f"{answer.request.url}: {answer.status_code} {answer.text}"


def _json_of(answer: httpx.Response) -> dict[str, Any]:
    expect_ok(answer)
    content = answer.json()
    assert isinstance(content, dict)
    return content
