"""Random requests to a broker, good and bad ones, made from the description it serves.

``python -m tests.endurance.http_fuzz --examples 2000`` (hours); a short run is part of the test
suite. Every answer has to be one that is declared, with the declared content type and schema, and
of bounded size; what was begun is cancelled, so that the next request finds the broker at rest.
"""

import argparse
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.helpers.real_broker import RealBroker, configuration, running_real_broker

# A body of bytes, for schemathesis as for us.
schemathesis.serializer.alias("image/tiff", "application/octet-stream")

CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
Case = schemathesis.Case[Any]
LONGEST_REFUSAL_BYTES = 16 * 1024
LONGEST_ANSWER_BYTES = 8 * 1024 * 1024
ONE_MODULE = {
    "frame_time_us": 1000,
    "timing": "auto",
    "internal_frame_generator": True,
    "jungfrau_pedestal_min_image_count": 32,
}


def fuzz(real: RealBroker, examples: int, first_seed: int | None = None) -> Iterator[str]:
    """Send so many good and as many bad requests per operation; yield the operation after each.

    Without a seed the requests are the same each time.
    """
    schema = schemathesis.openapi.from_url(f"{real.client.url}/openapi.json")
    with requests.Session() as session:
        session.trust_env = False
        for result in schema.get_all_operations():
            assert isinstance(result, Ok), result
            operation = result.ok()
            for mode in _modes(operation.definition.raw):
                _try(real, session, operation.as_strategy(mode), examples, first_seed)
            yield operation.label


def _modes(declared: Mapping[str, Any]) -> list[schemathesis.GenerationMode]:
    """Nothing can be wrong with a request that takes nothing, or any bytes."""
    modes = [schemathesis.GenerationMode.POSITIVE]
    takes_json = "application/json" in declared.get("requestBody", {}).get("content", {})
    if takes_json or declared.get("parameters"):
        modes.append(schemathesis.GenerationMode.NEGATIVE)
    return modes


def _try(
    real: RealBroker,
    session: requests.Session,
    cases: SearchStrategy[Case],
    examples: int,
    first_seed: int | None,
) -> None:
    def one(case: Case) -> None:
        _bring_to_rest(real)
        check(case, session)

    drawn = given(case=cases)(one)
    if first_seed is not None:
        drawn = seed(first_seed)(drawn)
    settings(
        max_examples=examples,
        derandomize=first_seed is None,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )(drawn)()


def check(case: Case, session: requests.Session) -> None:
    """Send one request and look at the answer."""
    answer = case.call(session=session, timeout=120)
    case.validate_response(answer, checks=CHECKS)
    limit = LONGEST_ANSWER_BYTES if answer.status_code == 200 else LONGEST_REFUSAL_BYTES
    size = len(answer.content)
    assert size <= limit, f"{case.method} {case.path}: {answer.status_code}, {size} bytes"


def _bring_to_rest(real: RealBroker) -> None:
    client = real.client
    state = client.state()
    if state in ("Busy", "Measuring", "Pedestal"):
        assert client.post("/cancel").status_code == 200
        client.wait_till_done()
        state = client.state()
    if state != "Idle":
        assert client.put("/config/detector", ONE_MODULE).status_code == 200
        client.initialize()


@contextmanager
def broker_to_try() -> Iterator[RealBroker]:
    """Run a broker that keeps nothing, its frames from the internal generator."""
    with tempfile.TemporaryDirectory() as directory:
        content = configuration(detector_settings=ONE_MODULE)
        with running_real_broker(content, Path(directory)) as real:
            yield real


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.endurance.http_fuzz")
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)  # noqa: T201  (the output of the command)
    with broker_to_try() as real:
        for label in fuzz(real, options.examples, options.seed):
            print(label, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
