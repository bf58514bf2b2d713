"""A bound on the requests served at the same time."""

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

REQUEST_LIMIT = 400
"""Well above the 200 parallel waits that are promised."""


class RequestLimit:
    """Answers 429 to what comes while ``limit`` requests are being served."""

    def __init__(self, app: ASGIApp, limit: int = REQUEST_LIMIT) -> None:
        self._app = app
        self._limit = limit
        self._served = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif self._served >= self._limit:
            text = f"{self._limit} requests are being served; try again later"
            await PlainTextResponse(text, 429)(scope, receive, send)
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._served += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._served -= 1
