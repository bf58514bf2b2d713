"""slsdet in a process of its own, driven line by line.

It keeps the interpreter during every call, so that a server could not answer beside it; and it
prints to standard output, which is given to standard error here.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class SlsdetError(Exception):
    """What slsdet raised, as text."""


class SlsdetProcess:
    """One client with shared memory of its own, freed at the end."""

    def __init__(self, detector_class: str, name: str) -> None:
        """``detector_class``: Jungfrau or Eiger; ``name``: of the shared memory."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.helpers.slsdet_process", detector_class],
            env={**os.environ, "SLSDETNAME": name},
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.communicate(timeout=60)

    def ask(self, expression: str) -> Any:
        """Evaluate it with ``d`` as the detector; numbers for enumerations."""
        return self._send({"ask": expression})

    def do(self, statement: str) -> None:
        """Run it. Raises SlsdetError with the text of what slsdet raised."""
        self._send({"do": statement})

    def _send(self, message: dict[str, str]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"slsdet ended while asked {message}"
        answer = json.loads(line)
        if "error" in answer:
            raise SlsdetError(answer["error"])
        return answer["value"]


def _plain(value: Any) -> Any:
    """Enumerations have a value; addresses only a text."""
    return int(value) if hasattr(value, "__int__") else str(value)


def _answer(message: dict[str, str], names: dict[str, Any]) -> dict[str, Any]:
    try:
        if "do" in message:
            exec(message["do"], names)
            return {"value": None}
        return {"value": eval(message["ask"], names)}
    except Exception as error:  # noqa: BLE001 (whatever it is, the test gets to know)
        return {"error": f"{type(error).__name__}: {error}"}


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    import slsdet

    detector = getattr(slsdet, sys.argv[1])()
    names = {"d": detector, **vars(slsdet)}
    try:
        for line in sys.stdin:
            answers.write(json.dumps(_answer(json.loads(line), names), default=_plain) + "\n")
            answers.flush()
    finally:
        detector.free()


if __name__ == "__main__":
    main()
