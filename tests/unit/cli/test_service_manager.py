"""Datagrams as sd_notify(3) describes them, over a real socket."""

import socket
from pathlib import Path

import pytest

from jfjoch.cli.service_manager import ServiceManager


@pytest.mark.parametrize("is_abstract", [False, True])
def test_what_is_told(tmp_path: Path, is_abstract: bool) -> None:
    """To a socket that is a file, and to one that is only a name."""
    name = f"@{tmp_path}" if is_abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(name.replace("@", "\0"))
        manager = ServiceManager({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "3000000"})
        manager.ready("all is well")
        manager.alive()
        manager.stopping()
        assert systemd.recv(100) == b"READY=1\nSTATUS=all is well"
        assert systemd.recv(100) == b"WATCHDOG=1"
        assert systemd.recv(100) == b"STOPPING=1"
        assert manager.sign_period_s == 1.5


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"NOTIFY_SOCKET": ""},
        {"WATCHDOG_USEC": "1000000"},
        {"NOTIFY_SOCKET": "/no/such/socket"},
        {"NOTIFY_SOCKET": "/no/such/socket", "WATCHDOG_USEC": "0"},
        {"NOTIFY_SOCKET": "/no/such/socket", "WATCHDOG_USEC": "soon"},
        {"NOTIFY_SOCKET": "x" * 500},
    ],
)
def test_nobody_to_tell(environment: dict[str, str]) -> None:
    """The service works all the same."""
    manager = ServiceManager(environment)
    manager.ready("x")
    manager.alive()
    manager.stopping()
    assert manager.sign_period_s is None
