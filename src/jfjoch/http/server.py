"""The HTTP server in a thread of its own."""

import socket
import threading
from typing import Self

import uvicorn
from fastapi import FastAPI

from jfjoch.errors import OperationFailed
from jfjoch.http.head_limit import HEAD_TIMEOUT_S, head_limit

GRACE_S = 5
"""How long requests in progress may take to end when the server stops."""


class HttpServer:
    """Serves an application at ``host:port``; port 0 is any free one.

    The port is taken in the constructor, so that one in use is known before anything else
    starts; nothing is served before ``start``.
    """

    def __init__(self, host: str, port: int, head_timeout_s: float = HEAD_TIMEOUT_S) -> None:
        """Raises OperationFailed naming host and port when it can't be had.

        ``head_timeout_s``: how long the head of a request may take to come.
        """
        self._head_timeout_s = head_timeout_s
        self._socket = _bind(host, port)
        self._host = host
        self.port: int = self._socket.getsockname()[1]
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"http://{_in_url(self._host)}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether the server's thread lives."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, app: FastAPI) -> None:
        """Begin to serve ``app``; requests are taken when this returns."""
        # uvicorn's own log lines and access log are left out: one line per event is ours, and what
        # is no HTTP is told to who sent it. Defects are logged.
        config = uvicorn.Config(
            app,
            http=head_limit(self._head_timeout_s),
            loop="asyncio",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            ws="none",
            lifespan="off",
            timeout_graceful_shutdown=GRACE_S,
        )
        self._server = uvicorn.Server(config)
        self._socket.listen(config.backlog)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name="http", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Let requests in progress end, then stop serving; idempotent."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _unusable(host, port, error) from error
    try:
        # Connections of an earlier process that linger do not keep the port from us.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise _unusable(host, port, error) from error
    return bound


def _unusable(host: str, port: int, error: OSError) -> OperationFailed:
    return OperationFailed(
        f"can't listen on {_in_url(host)}:{port} ({error.strerror}); is another service running "
        "there? Choose another port"
    )


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
