"""Refusing requests that a web page of another place makes a browser send."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class SameOrigin:
    """Answers 403 unless the Host header is one of ours and the Origin header, if any, equals it.

    An IP address can't be pointed elsewhere by a name server (DNS rebinding), a name can:
    only ``localhost`` and the names given are accepted.
    """

    def __init__(self, app: ASGIApp, host_names: frozenset[str] = frozenset()) -> None:
        self._app = app
        self._host_names = {name.lower() for name in host_names} | {"localhost"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] == "http" and (refusal := self._refusal(Headers(scope=scope))):
            await PlainTextResponse(refusal, 403)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, headers: Headers) -> str:
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._is_ours(host):
            names = ", ".join(sorted(self._host_names))
            return f"Host header: expected an IP address or one of {names}, got {host[:80]!r}"
        if origin is not None and origin.lower() not in _origins(host):
            return f"Origin header: expected http://{host}, got {origin[:80]!r}"
        return ""

    def _is_ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self._host_names or _is_address(name)


def _origins(host: str) -> tuple[str, str]:
    return f"http://{host}".lower(), f"https://{host}".lower()


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
