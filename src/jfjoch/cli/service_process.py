"""A service of this package as a child process."""

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

STOP_TIME_S = 15.0
"""How long a service may take to finish after SIGTERM before it is killed."""


class ServiceProcess:
    """Runs ``python -m module`` while the context lasts; what it prints goes to a file.

    The child gets a session of its own, so that Ctrl-C in the terminal reaches the parent only,
    which then ends its children in the order it wants.
    """

    def __init__(self, module: str, arguments: list[str], log: Path, directory: Path) -> None:
        self.module = module
        self.log = log
        self._arguments = arguments
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the child. Its log is new or appended to, never replaced."""
        command = [sys.executable, "-u", "-m", self.module, *self._arguments]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def exit_code(self) -> int | None:
        """Return the child's exit code, None while it runs or before it was started."""
        return None if self._process is None else self._process.poll()

    def last_line(self) -> str:
        """Return the last thing it said, also of a line that is still being written."""
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        lines = text.replace("\r", "\n").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def stop(self, patience_s: float = STOP_TIME_S) -> None:
        """Ask the child to finish, wait for it, kill it when it takes too long; idempotent."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
