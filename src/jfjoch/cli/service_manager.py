"""Word to the service manager that started this process (systemd, Type=notify)."""

import socket
from collections.abc import Mapping
from contextlib import suppress


class ServiceManager:
    """Sends datagrams to where the environment says; does nothing where it says nothing.

    Source: sd_notify(3), systemd.service(5), section "WatchdogSec". Nothing that goes wrong with
    it disturbs the service.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        # "@" stands for the NUL with which Linux marks names that are no files.
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._watchdog_s = _watchdog_s(environment)

    @property
    def sign_period_s(self) -> float | None:
        """How often it wants a sign of life, with a reserve; None for never."""
        return self._watchdog_s / 2 if self._address and self._watchdog_s else None

    def ready(self, status: str) -> None:
        """The service serves; ``status`` is shown to the operator."""
        self._send(f"READY=1\nSTATUS={status}")

    def alive(self) -> None:
        """The service lives."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """The service is about to end."""
        self._send("STOPPING=1")

    def _send(self, text: str) -> None:
        if not self._address:
            return
        with (
            suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as datagrams,
        ):
            datagrams.sendto(text.encode(), self._address)


def _watchdog_s(environment: Mapping[str, str]) -> float | None:
    text = environment.get("WATCHDOG_USEC", "")
    return int(text) / 1e6 if text.isascii() and text.isdecimal() and int(text) else None
