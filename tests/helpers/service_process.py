"""A service as its user would start it: a process, with a log that is read afterwards."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

READY_TIMEOUT_S = 180.0
"""The first start on a machine compiles every kernel."""
STOP_TIMEOUT_S = 30.0
_TROUBLE = re.compile(r"\bERROR\b|\bCRITICAL\b|Traceback|ResourceWarning|Exception ignored")


def wait_until(condition: Callable[[], bool], what: str, timeout_s: float = 60.0) -> None:
    """Poll until the condition holds; AssertionError naming ``what`` when it never does."""
    give_up = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > give_up:
            raise AssertionError(f"waited {timeout_s:g} s in vain for: {what}")
        time.sleep(0.02)


class ServiceProcess:
    """One running service. Trouble in its log that no test announced fails the test."""

    def __init__(self, module: str, arguments: Sequence[str | Path], directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.name = module.rpartition(".")[2]
        self.directory = directory
        self._log_path = directory / f"{self.name}-{time.monotonic_ns()}.log"
        self._command = [
            sys.executable,
            *("-W", "always::ResourceWarning"),
            *("-m", module, *map(str, arguments)),
        ]
        self._expected_trouble: list[re.Pattern[str]] = []
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """Everything the service has printed so far."""
        return self._log_path.read_text(errors="replace")

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._started.poll()

    @property
    def _started(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None, f"{self.name} was never started"
        return self._process

    def start(self) -> None:
        """Start the process; its output goes to the log file."""
        with self._log_path.open("wb") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def expect_trouble(self, pattern: str) -> None:
        """Announce that log lines matching the pattern belong to the test."""
        self._expected_trouble.append(re.compile(pattern))

    def wait_for_log(self, pattern: str, timeout_s: float = READY_TIMEOUT_S) -> re.Match[str]:
        """Wait for a line of the log; AssertionError with the log when the service ends first."""
        compiled = re.compile(pattern)

        def seen_or_ended() -> bool:
            return bool(compiled.search(self.log)) or self.exit_code is not None

        wait_until(seen_or_ended, f"{pattern!r} in the log of {self.name}", timeout_s)
        match = compiled.search(self.log)
        assert match, f"{self.name} ended with {self.exit_code} before {pattern!r}:\n{self.log}"
        return match

    def wait_for_end(self, timeout_s: float = READY_TIMEOUT_S) -> int:
        """Wait until the service ends by itself; its exit code."""
        return self._started.wait(timeout_s)

    def stop(self) -> None:
        """End it as an operator would; exit code 0 and a log without trouble are asserted."""
        self._started.send_signal(signal.SIGTERM)
        try:
            code = self._started.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not end on SIGTERM:\n{self.log}") from None
        assert code == 0, f"{self.name} ended with exit code {code}:\n{self.log}"
        self.assert_no_trouble()

    def kill(self) -> None:
        """``kill -9``, and wait until it is gone."""
        self._started.kill()
        self._started.wait()

    def pause(self) -> None:
        """Take its time away: alive, but silent."""
        self._started.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Give it back."""
        self._started.send_signal(signal.SIGCONT)

    def assert_no_trouble(self) -> None:
        """No unannounced ERROR, traceback or leaked resource in the log."""
        lines = [line for line in self.log.splitlines() if _TROUBLE.search(line)]
        unexpected = [x for x in lines if not any(p.search(x) for p in self._expected_trouble)]
        assert not unexpected, f"trouble in the log of {self.name}: {unexpected}\n{self.log}"
