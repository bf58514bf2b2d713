"""Bodies of bounded size that come in bounded time."""

import asyncio
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MIB = 1024 * 1024
JSON_LIMIT_BYTES = MIB
BINARY_LIMIT_BYTES = 80 * MIB
BODY_TIMEOUT_S = 60.0


class BodyLimit:
    """Takes in the whole body before the operation begins: 413 if too large, 408 if too slow.

    The size is counted as it comes, so that it does not matter what the client says about it.
    """

    def __init__(
        self,
        app: ASGIApp,
        limits_bytes: Mapping[str, int],
        default_bytes: int = JSON_LIMIT_BYTES,
        timeout_s: float = BODY_TIMEOUT_S,
    ) -> None:
        """``limits_bytes``: paths with a limit other than ``default_bytes``."""
        self._app = app
        self._limits_bytes = dict(limits_bytes)
        self._default_bytes = default_bytes
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its body, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limits_bytes.get(scope["path"], self._default_bytes)
        try:
            async with asyncio.timeout(self._timeout_s):
                body = await _read_body(scope, receive, limit)
        except TimeoutError:
            text = f"the body did not come within {self._timeout_s:g} s"
            await _refuse(408, text)(scope, receive, send)
            return
        if body is None:
            text = f"expected a body of at most {limit} bytes, got a larger one"
            await _refuse(413, text)(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)


def _refuse(status: int, text: str) -> PlainTextResponse:
    # The rest of the body is still on its way: the connection can't be used for another request.
    return PlainTextResponse(text, status, {"Connection": "close"})


async def _read_body(scope: Scope, receive: Receive, limit: int) -> bytes | None:
    """Return the body, None if it is larger than ``limit``; what came before a disconnect."""
    if _declared_size(Headers(scope=scope)) > limit:
        return None
    body = bytearray()
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if len(body) > limit:
            return None
        if not message.get("more_body", False):
            break
    return bytes(body)


def _declared_size(headers: Headers) -> int:
    text = headers.get("content-length", "0")
    return int(text) if text.isascii() and text.isdecimal() else 0


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give the body as one message; what comes afterwards is a disconnect."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return first.pop() if first else await receive()

    return receive_again
