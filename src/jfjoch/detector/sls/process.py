"""The side of the broker: asks the process that holds slsdet, and outlives it."""

import logging
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from multiprocessing.connection import Connection
from typing import IO, Any

from jfjoch.detector.sls.exchange import Answer, Request
from jfjoch.detector.sls.shared_memory import remove_left_behind
from jfjoch.errors import DetectorError

_log = logging.getLogger(__name__)
_MODULE = "jfjoch.detector.sls.child"
_END_S = 5.0
_AT_ONCE_S = 0.0
_GRACE_S = 1.0
"""A refusal that arrives a little late tells more than the silence."""


class SlsProcess:
    """One process, one request at a time; its methods may be called from any thread.

    It is started by ``open``. Once it has died or did not answer in time it is closed, and every
    request fails and says why, until it is opened again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._stderr: IO[bytes] | None = None
        self._why_closed = "it was not initialized"

    @property
    def is_open(self) -> bool:
        """Whether there is a process to ask, alive."""
        process = self._process
        return process is not None and process.poll() is None

    @property
    def process_id(self) -> int | None:
        """Of the process, while there is one."""
        return None if self._process is None else self._process.pid

    def open(self) -> None:
        """Start a process, or a fresh one in the place of the present."""
        with self._lock:
            self._close("it is being initialized")
            ours, theirs = socket.socketpair()
            with theirs:
                self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
                self._process = subprocess.Popen(
                    [sys.executable, "-m", _MODULE, str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=self._stderr,
                    start_new_session=True,  # Ctrl-C is for the broker, which then switches off
                )
            self._connection = Connection(ours.detach())

    def kill(self) -> None:
        """End the process at once; a request that is under way fails."""
        process = self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        """End the process; its shared memory is freed. Idempotent."""
        with self._lock:
            self._close("it is switched off")

    def request(self, verb: str, *arguments: Any, time_limit_s: float) -> Any:
        """Have a method of ``SlsdetCalls`` carried out and return what it returns.

        Raises:
            DetectorError: it failed, took longer than the limit, or there is no process.
        """
        with self._lock:
            return self._ask(Request(verb, arguments, time_limit_s))

    def request_now(self, verb: str, *arguments: Any, time_limit_s: float) -> Any:
        """Do the same, but return None at once while another request is under way.

        Raises:
            DetectorError: as ``request``.
        """
        if not self._lock.acquire(blocking=False):
            return None
        try:
            return self._ask(Request(verb, arguments, time_limit_s))
        finally:
            self._lock.release()

    def _ask(self, request: Request) -> Any:
        answer = self._answer(request)
        if answer.error is not None:
            raise DetectorError(f"detector control: {answer.error}")
        return answer.result

    def _answer(self, request: Request) -> Answer:
        if self._connection is None:
            raise DetectorError(
                f"the detector is not connected: {self._why_closed}; initialize it again"
            )
        try:
            self._connection.send(request)
            if self._connection.poll(request.time_limit_s + _GRACE_S):
                answer: Answer = self._connection.recv()
                return answer
            reason = f"{request.verb} was not answered within {request.time_limit_s:g} s"
        except (EOFError, ConnectionError):
            reason = f"{request.verb} was not answered, {self._cause_of_death()}"
        self._close(reason, _AT_ONCE_S)
        _log.warning("detector control ended: %s", reason)
        raise DetectorError(f"the connection to the detector was lost: {reason}; initialize again")

    def _cause_of_death(self) -> str:
        assert self._process is not None
        assert self._stderr is not None
        try:
            code = self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            return "its process closed the connection"
        if code < 0:
            return f"its process was ended by {signal.Signals(-code).name}"
        self._stderr.seek(0)
        lines = self._stderr.read().decode("utf-8", "replace").splitlines()
        said = next((line.strip() for line in reversed(lines) if line.strip()), "nothing")
        return f"its process ended with code {code} and said {said}"

    def _close(self, reason: str, patience_s: float = _END_S) -> None:
        self._why_closed = reason
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            _end(self._process, patience_s)
        if self._stderr is not None:
            self._stderr.close()
        self._connection = self._process = self._stderr = None


def _end(process: subprocess.Popen[bytes], patience_s: float) -> None:
    """Let it end by itself, which frees its shared memory, else kill it."""
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    remove_left_behind()
