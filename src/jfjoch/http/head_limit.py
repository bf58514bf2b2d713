"""Heads of requests that come in bounded time."""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_TIMEOUT_S = 20.0


class HeadLimit(H11Protocol):
    """uvicorn's protocol, which by itself waits for ever for the end of a head.

    A client that does not send its head in ``head_timeout_s`` is answered 408 and cut off, however
    steadily its bytes come. So is one that connects and sends nothing. Between two requests on one
    connection uvicorn's own keep-alive timeout holds, until the first byte.
    """

    head_timeout_s = HEAD_TIMEOUT_S
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect the first head."""
        super().connection_made(transport)
        self._watch_head()

    def data_received(self, data: bytes) -> None:
        """Take what came, which begins, goes on with or ends a head, or is none."""
        super().data_received(data)
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing more."""
        self._stop_watching()
        super().connection_lost(exc)

    def _watch_head(self) -> None:
        """Run the timer as long as one head is awaited; bytes do not start it anew."""
        if self.conn.their_state is not h11.IDLE:
            self._stop_watching()
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_timeout_s, self._refuse)

    def _stop_watching(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self) -> None:
        if self.transport.is_closing():
            return
        text = f"the head of the request did not come within {self.head_timeout_s:g} s"
        headers = [("content-type", "text/plain; charset=utf-8"), ("connection", "close")]
        events = (
            h11.Response(status_code=408, headers=headers, reason=b"Request Timeout"),
            h11.Data(data=text.encode()),
            h11.EndOfMessage(),
        )
        for event in events:
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def head_limit(timeout_s: float) -> type[HeadLimit]:
    """Return the protocol with another time-out."""

    class OtherHeadLimit(HeadLimit):
        head_timeout_s = timeout_s

    return OtherHeadLimit
