"""The control side of a simulated detector: two TCP ports for each of its boards."""

import asyncio
import logging
import threading
from types import TracebackType
from typing import Self

from jfjoch.detector.sls.boards import CONTROL_PORT
from jfjoch.errors import DetectorError
from jfjoch.model.detector import Detector
from jfjoch.simulator.acquisition import FrameEmitter
from jfjoch.simulator.control.board_set import SERVER_VERSION, BoardSet
from jfjoch.simulator.control.command_port import CommandPort

_LOG = logging.getLogger(__name__)
PORTS_PER_BOARD = 2
_HOST = "127.0.0.1"
_HIGHEST_PORT = 65535


class ControlServer:
    """Speaks protocol 10.0 of detector servers, as slsdet 10.0 understands it.

    Board b listens at ``control_port`` + 2 b for control and one higher for what must come
    through at any time: stop, trigger, status. Only this machine is listened to.
    """

    def __init__(
        self,
        detector: Detector,
        emitter: FrameEmitter,
        control_port: int = CONTROL_PORT,
        server_version: str = SERVER_VERSION,
    ) -> None:
        """``server_version``: what boards say of themselves, to be another than expected."""
        self._boards = BoardSet(detector.type, detector.module_count, emitter, server_version)
        self._control_port = control_port
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def hostnames(self) -> list[str]:
        """What the configuration of the broker needs as ``hostname``."""
        return [f"{_HOST}:{self._port_of(board.index)}" for board in self._boards.boards]

    def _port_of(self, board: int) -> int:
        return self._control_port + PORTS_PER_BOARD * board

    def start(self) -> None:
        """Listen on all ports. Raises DetectorError naming ports that can't be had."""
        last = self._port_of(len(self._boards.boards)) - 1
        if last > _HIGHEST_PORT:
            raise DetectorError(
                f"{len(self._boards.boards)} boards need the ports {self._control_port} to {last}, "
                f"the highest there is is {_HIGHEST_PORT}; choose a lower --control-port"
            )
        loop = asyncio.new_event_loop()
        try:
            servers = loop.run_until_complete(self._listen())
        except OSError as error:
            loop.close()
            raise DetectorError(
                f"can't listen for control at {_HOST}, ports from {self._control_port}: {error}; "
                "end what listens there or choose another --control-port"
            ) from error
        self._loop = loop
        self._thread = threading.Thread(
            target=self._serve, args=(loop, servers), name="control", daemon=True
        )
        self._thread.start()
        _LOG.info("%d boards listen, from %s", len(self._boards.boards), self.hostnames[0])

    async def _listen(self) -> list[asyncio.Server]:
        servers: list[asyncio.Server] = []
        unknown: set[int] = set()
        try:
            for board in self._boards.boards:
                serve = CommandPort(self._boards, board, unknown).serve
                for port in range(PORTS_PER_BOARD):
                    number = self._port_of(board.index) + port
                    servers.append(await asyncio.start_server(serve, _HOST, number))
        except OSError:
            for server in servers:
                server.close()
            raise
        return servers

    def _serve(self, loop: asyncio.AbstractEventLoop, servers: list[asyncio.Server]) -> None:
        loop.run_forever()
        loop.run_until_complete(_close(servers))
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

    def stop(self) -> None:
        """End the acquisition, close ports and connections; idempotent."""
        if self._loop is None or self._thread is None:
            return
        self._boards.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop = self._thread = None

    def fail(self, board: int) -> None:
        """Let a board report an error from now on, until ``recover``."""
        self._boards.boards[board].power.failed = True

    def recover(self, board: int) -> None:
        """End the error of a board."""
        self._boards.boards[board].power.failed = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


async def _close(servers: list[asyncio.Server]) -> None:
    """Stop listening and end what still talks."""
    for server in servers:
        server.close()
    talking = asyncio.all_tasks() - {asyncio.current_task()}
    for task in talking:
        task.cancel()
    await asyncio.gather(*talking, return_exceptions=True)
