"""The demonstration, run as a user runs it."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401 (registers the bitshuffle filter)
import pytest

from tests.helpers.service_process import wait_until
from tests.helpers.sls_bench import SLSDET_IS_THERE
from tests.helpers.udp_ports import reserved_udp_ports

TIMEOUT_S = 240.0
"""The first start on a machine compiles the kernels."""


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "jfjoch.cli.demo", "--port", "0", *arguments]


def summary(output: str) -> dict[str, str]:
    rows = re.findall(r"^(\S.*?)  +(\S.*)$", output, re.MULTILINE)
    return dict(rows)


@contextmanager
def running_demo(directory: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command(*arguments),
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def children(process: int) -> list[int]:
    """Return the child processes, as the system tells them."""
    listed = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(child) for child in listed.split()]


def alive(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


def test_every_image_of_the_demo_is_in_its_file(tmp_path: Path) -> None:
    result = subprocess.run(
        command("--once", "--images", "50"),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    rows = summary(result.stdout)
    for name in ("expected", "collected", "sent"):
        assert rows[f"images {name}"] == "50"
    assert rows["images written"].startswith("50 ")
    master = tmp_path / "demo_data" / "run_0001" / "lysozyme_master.h5"
    assert rows["master file"] == str(master)
    with h5py.File(master) as file:
        images = file["/entry/data/data"]
        assert images.shape == (50, 1064, 1030)
        pixels = images[0].astype(float)
        mask = file["/entry/instrument/detector/pixel_mask"][()]
    good = pixels[mask == 0]
    assert good.size > 0.9 * 2 * 512 * 1024
    assert 0.05 < good.mean() < 20, "photons per pixel of a simulated diffraction image"
    assert good.max() > 20, "Bragg spots"


@pytest.mark.skipif(not SLSDET_IS_THERE, reason="slsdet is made for x86-64 only")
def test_frames_come_as_packets(tmp_path: Path) -> None:
    with reserved_udp_ports():
        result = subprocess.run(
            command("--udp", "--once", "--images", "30"),
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    assert result.returncode == 0, result.stdout + result.stderr
    rows = summary(result.stdout)
    assert rows["images written"].startswith("30 ")
    assert rows["packets sent"].startswith(f"{30 * 256} ")
    assert rows["packets received"] == str(30 * 256)
    run = tmp_path / "demo_data" / "run_0001"
    assert sorted(path.stem for path in run.glob("*.log")) == ["broker", "simulator", "writer"]
    with h5py.File(run / "lysozyme_master.h5") as file:
        pixels = file["/entry/data/data"][29].astype(float)
        mask = file["/entry/instrument/detector/pixel_mask"][()]
    assert pixels[mask == 0].max() > 20, "Bragg spots"


@pytest.mark.skipif(not SLSDET_IS_THERE, reason="slsdet is made for x86-64 only")
def test_packets_that_nobody_can_receive_end_the_demo(tmp_path: Path) -> None:
    with reserved_udp_ports(), socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 8194))
        result = subprocess.run(
            command("--udp", "--once"),
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    assert result.returncode == 1
    assert "UDP port 8194 of 127.0.0.1 is in use" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_services_too(tmp_path: Path, number: signal.Signals) -> None:
    with running_demo(tmp_path) as demo:
        wait_until(lambda: len(children(demo.pid)) == 2, "both services")
        services = children(demo.pid)
        demo.send_signal(number)
        output, _ = demo.communicate(timeout=60.0)
    assert demo.returncode == 130
    assert "Traceback" not in output
    assert not any(alive(service) for service in services)


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = subprocess.run(
            [*command("--once"), "--port", str(port)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    assert result.returncode == 1
    assert f"port {port}" in result.stderr
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == [], "nothing was begun"
