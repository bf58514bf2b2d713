"""The process that talks to the detector: ``python -m jfjoch.detector.sls.child FD``.

It answers requests that come over the socket FD, one after the other, and ends when the other
side is closed. A call that hangs can't be ended from inside, as slsdet does not let go of the
interpreter: the alarm of the system ends the process, even if nobody is left who waits.
"""

import os
import signal
import sys
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from jfjoch.detector.sls.boards import Board
from jfjoch.detector.sls.exchange import Answer, Request
from jfjoch.detector.sls.reachable import unreachable
from jfjoch.detector.sls.shared_memory import NAME_VARIABLE, name_of, remove_left_behind

if TYPE_CHECKING:
    from jfjoch.detector.sls.slsdet_calls import SlsdetCalls

_ORPHAN_S = 5
"""Later than the one who waits gives up, who can tell more about it."""


class Worker:
    """Answers requests; slsdet is imported and its shared memory made by the first ``connect``."""

    def __init__(self) -> None:
        self._calls: SlsdetCalls | None = None

    def answer(self, request: Request) -> Answer:
        """Carry it out."""
        try:
            if request.verb == "connect":
                self._connect(*request.arguments)
                return Answer()
            return Answer(getattr(self._present(), request.verb)(*request.arguments))
        except ImportError as error:
            return Answer(
                error=f"slsdet can't be used ({error}); it controls real detectors and is installed"
                " with: pip install 'jfjoch[slsdet]'"
            )
        except Exception as error:  # noqa: BLE001 - slsdet raises plain RuntimeError for all
            return Answer(error=f"{request.verb} failed: {_explained(error)}")

    def close(self) -> None:
        """Free the shared memory."""
        if self._calls is not None:
            self._calls.close()

    def _connect(self, boards: list[Board], hostnames: list[str], detector_type: str) -> None:
        if missing := unreachable(boards):
            raise RuntimeError(
                f"{len(missing)} of {len(boards)} boards can't be reached: {', '.join(missing)};"
                " look whether they have power and network, and whether hostname is right"
            )
        remove_left_behind()
        os.environ[NAME_VARIABLE] = name_of(os.getpid())
        from jfjoch.detector.sls.slsdet_calls import SlsdetCalls

        _silence()  # what slsdet prints comes as an error too
        self._calls = SlsdetCalls()
        self._calls.connect(hostnames, detector_type)

    def _present(self) -> "SlsdetCalls":
        if self._calls is None:
            raise RuntimeError("not connected")
        return self._calls


def _explained(error: Exception) -> str:
    """Return one line, with what to do where slsdet does not say it."""
    text = " ".join(str(error).split()) or repr(error)
    if "incompatible" in text:
        text += "; slsdet must be of the major version of the detector's server"
    return text


def _silence() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stderr.fileno())
    os.close(nowhere)


def serve(connection: Connection) -> None:
    """Answer until the other side is gone."""
    worker = Worker()
    try:
        while True:
            request: Request = connection.recv()
            signal.alarm(round(request.time_limit_s) + _ORPHAN_S)
            answer = worker.answer(request)
            signal.alarm(0)
            connection.send(answer)
    except (EOFError, ConnectionError):
        pass
    finally:
        worker.close()


if __name__ == "__main__":
    with Connection(int(sys.argv[1])) as opened:
        serve(opened)
