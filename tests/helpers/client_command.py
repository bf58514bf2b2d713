"""The command ``jfjoch`` as its users start it: a process, with or without a terminal."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

COMMAND = [sys.executable, "-m", "jfjoch.cli.client"]
LONGEST_S = 120.0


def jfjoch(url: str, *arguments: str | Path, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    """Run one command to its end, and assert that it fails without a traceback if at all."""
    ended = subprocess.run(
        [*COMMAND, "--url", url, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_S,
    )
    assert "Traceback" not in ended.stderr, ended.stderr
    return ended


def expect_done(ended: "subprocess.CompletedProcess[str]") -> str:
    """Assert that a command has succeeded; what it printed."""
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def expect_failure(ended: "subprocess.CompletedProcess[str]", code: int) -> str:
    """Assert that a command has failed with that code; its last line on standard error."""
    assert ended.returncode == code, (ended.returncode, ended.stdout, ended.stderr)
    *_, last = ended.stderr.splitlines()
    assert last.startswith("jfjoch"), ended.stderr
    return last


@contextmanager
def following(url: str, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """Have a command run until the end of the block, which is to end it."""
    command = [*COMMAND, "--url", url, *arguments]
    with subprocess.Popen(
        command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def interrupt(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """Press Ctrl-C; the exit code, and what came on standard error since."""
    process.send_signal(signal.SIGINT)
    _, text = process.communicate(timeout=LONGEST_S)
    return process.returncode, text


def on_terminal(url: str, *arguments: str) -> tuple[int, str]:
    """Run one command whose standard error is a terminal; exit code and what is shown there."""
    ours, theirs = pty.openpty()
    command = [*COMMAND, "--url", url, *arguments]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs) as process:
        os.close(theirs)
        shown = _everything(ours)
        code = process.wait(LONGEST_S)
    os.close(ours)
    return code, shown.decode()


def _everything(terminal: int) -> bytes:
    shown = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # Linux answers so when the other side is closed
            return shown
        if not part:
            return shown
        shown += part
