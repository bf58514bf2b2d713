"""Where the broker is, as users write it."""

from urllib.parse import urlsplit

from jfjoch.cli.broker_client import BrokerClient
from jfjoch.errors import InvalidInput

DEFAULT_URL = "http://localhost:5232"
URL_VARIABLE = "JFJOCH_URL"
"""Environment variable that takes the place of the default."""
_DEFAULT_PORT = 5232


def client_of(url: str) -> BrokerClient:
    """Return a client of the broker at ``http://HOST[:PORT]``; the port is 5232 by default.

    Raises InvalidInput for anything else.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _bad(url) from error
    plain = parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username)
    # http.client would send what stands in a host name, line ends too.
    if parts.scheme != "http" or not host or not plain or not _is_host(host):
        raise _bad(url)
    return BrokerClient(host, _DEFAULT_PORT if port is None else port)


def _is_host(host: str) -> bool:
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return host.isascii() and host.isprintable() and " " not in host


def _bad(url: str) -> InvalidInput:
    return InvalidInput(f"--url: expected http://HOST[:PORT], such as {DEFAULT_URL}, got {url!r}")
