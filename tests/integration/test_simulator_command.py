"""jfjoch_simulator as a process: controlled by slsdet, it sends what its truth and report say."""

import importlib.util
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import pytest

from jfjoch.cli.simulator_options import read_options
from jfjoch.simulator.faults import BurstLoss, DeadModule, Faults
from tests.helpers.packet_listener import PacketListener
from tests.helpers.ports import free_tcp_ports
from tests.helpers.service_process import ServiceProcess, wait_until
from tests.helpers.services import running
from tests.helpers.slsdet_process import SlsdetProcess
from tests.reference.packets import assemble

SIMULATOR = "jfjoch.cli.simulator"
IDLE = 0


def configuration(directory: Path, detector_type: str = "JUNGFRAU", modules: int = 2) -> Path:
    """Write a configuration file, with a hostname as the broker needs it."""
    content = {
        "detector": [
            {
                "description": "detector of the tests",
                "serial_number": "SIM",
                "type": detector_type,
                "standard_geometry": {"nmodules": modules},
                "hostname": ["127.0.0.1:1952"],
            }
        ],
        "frontend_directory": "",
        "image_pusher": "None",
    }
    path = directory / "broker.json"
    path.write_text(json.dumps(content))
    return path


@contextmanager
def running_simulator(config: Path, port: int, *options: str) -> Iterator[ServiceProcess]:
    arguments = [config, "--control-port", str(port), *options]
    with running(ServiceProcess(SIMULATOR, arguments, config.parent)) as process:
        process.wait_for_log("ready")
        yield process


def refusal(*arguments: str | Path) -> tuple[int, str]:
    """Exit code and the last line that is said."""
    command = [sys.executable, "-m", SIMULATOR, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    return done.returncode, done.stderr.strip().splitlines()[-1]


@pytest.mark.skipif(
    importlib.util.find_spec("slsdet") is None,
    reason="needs slsdet: pip install 'jfjoch[slsdet]' (Linux on x86-64)",
)
@pytest.mark.parametrize(
    ("detector_type", "ports", "setup"),
    [
        ("JUNGFRAU", 1, ["d.powerchip = 1"]),
        ("JUNGFRAU", 2, ["d.powerchip = 1", "d.numinterfaces = 2"]),
        ("EIGER", 4, ["d.dr = 32"]),
    ],
)
def test_slsdet_starts_it_and_every_packet_is_accounted_for(
    tmp_path: Path, detector_type: str, ports: int, setup: list[str]
) -> None:
    config, port = configuration(tmp_path, detector_type), free_tcp_ports(8)
    files = ("--truth", "truth.h5", "--report", "report.json")
    with (
        running_simulator(config, port, *files, "--loss", "0.05", "--rate", "50"),
        PacketListener(2, ports) as listener,
        SlsdetProcess(detector_type.capitalize(), f"jfjoch{os.getpid()}") as slsdet,
    ):
        boards = 4 if detector_type == "EIGER" else 2
        slsdet.do(f"d.hostname = {[f'127.0.0.1:{port + 2 * board}' for board in range(boards)]}")
        for command in setup:
            slsdet.do(command)
        slsdet.do('d.udp_dstip = IpAddr("127.0.0.1")')
        slsdet.do('d.udp_dstmac = MacAddr("aa:bb:cc:dd:ee:ff")')
        if ports == 2:
            slsdet.do('d.udp_dstip2 = IpAddr("127.0.0.1")')
            slsdet.do('d.udp_dstmac2 = MacAddr("aa:bb:cc:dd:ee:ff")')
        for place in range(2 * ports):
            target = listener.destinations[place // ports][place % ports].port
            second = "2" if ports > 1 and place % 2 else ""
            board = place // 2 if ports > 1 else place
            slsdet.do(f"d.setDestinationUDPPort{second}({target}, {board})")
        slsdet.do("d.frames = 5")
        slsdet.do("d.startDetector()")
        wait_until(lambda: set(_states(slsdet)) == {IDLE}, "the end of the acquisition")
        report = json.loads((tmp_path / "report.json").read_text())["acquisitions"][0]
        packets = listener.wait_for(report["packets_sent"])
    assert (report["frames_sent"], report["dark"]) == (5, False)
    assert 0 < report["injected"]["lost"] == report["packets_due"] - len(packets)
    with h5py.File(tmp_path / "truth.h5") as file:
        truth = {name: data[()] for name, data in file["acquisition_000000"].items()}
    assert truth["missing"].sum() == report["injected"]["lost"]
    frames = assemble(packets, 2, ports, report["bits"])
    assert sorted(frames) == [1, 2, 3, 4, 5]
    for number, image in enumerate(truth["image_of_frame"]):
        frame, raw = frames[number + 1], truth["raw"][image]
        differs = frame != raw
        assert (frame[differs] == 0).all(), "only where a packet is lost"
        lost_packets = truth["missing"][number].sum(axis=1)
        most = lost_packets * (512 * 1024 // report["packets_per_module"])
        assert (differs.sum(axis=(1, 2)) <= most).all()


def _states(slsdet: SlsdetProcess) -> list[int]:
    states = slsdet.ask("d.getDetectorStatus()")
    assert isinstance(states, list)
    return states


def test_sigterm_ends_it_while_frames_are_prepared(tmp_path: Path) -> None:
    config, port = configuration(tmp_path, modules=8), free_tcp_ports(16)
    arguments = [config, "--control-port", str(port)]
    process = ServiceProcess(SIMULATOR, arguments, tmp_path)
    process.start()
    process.wait_for_log("rendering frames")
    process.stop()
    assert "ready" not in process.log


def test_a_control_port_in_use_ends_it(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, line = refusal(configuration(tmp_path, modules=1), "--control-port", str(port))
    assert (code, "--control-port" in line) == (1, True)


def test_defaults_and_all_options() -> None:
    plain = read_options(["c.json"])
    assert (plain.detector, plain.control_port, plain.rate_hz, plain.seed) == (0, 1952, None, None)
    assert plain.faults == Faults()
    text = (
        "c.json --detector 1 --control-port 2000 --rate 1e3 --seed 5 --loss 0.1 --burst-loss 0.2,7 "
        "--duplicate 0.3 --reorder 8 --corrupt 0.4 --wrong-version 0.5 --dead-module 2,100 "
        "--truth t.h5 --report r.json --log-level DEBUG --energy 20 --faults-in all"
    )
    given = read_options(text.split())
    assert given.faults == Faults(
        0.1, BurstLoss(0.2, 7), 0.3, 8, 0.4, 0.5, DeadModule(2, 100), in_dark=True
    )
    assert (given.detector, given.control_port, given.rate_hz, given.seed) == (1, 2000, 1000.0, 5)
    assert (given.truth, given.report) == (Path("t.h5"), Path("r.json"))
    assert (given.log_level, given.energy_keV) == ("debug", 20.0)


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--loss", "1.5", "expected a number from 0 to 1, got '1.5'"),
        ("--corrupt", "nan", "expected a number from 0 to 1, got 'nan'"),
        ("--duplicate", "few", "expected a number from 0 to 1, got 'few'"),
        ("--burst-loss", "0.1", "expected P,LEN such as 0.001,20, got '0.1'"),
        ("--burst-loss", "0.1,0", "expected a whole number from 1 on, got '0'"),
        ("--dead-module", "1;2", "expected M,FRAME such as 1,500, got '1;2'"),
        ("--reorder", "-1", "expected 0 to 4096, got '-1'"),
        ("--rate", "0", "expected a number above 0, got '0'"),
        ("--energy", "1e300", "expected a number from 0.001 to 500, got '1e300'"),
        ("--rate", "inf", "expected a number above 0, got 'inf'"),
        ("--control-port", "65535", "expected 1 to 65534, got '65535'"),
        ("--detector", "first", "expected a whole number from 0 on, got 'first'"),
    ],
)
def test_bad_values_are_refused(
    option: str, value: str, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        read_options(["c.json", f"{option}={value}"])
    assert ended.value.code == 2
    assert expected in capsys.readouterr().err


def test_files_and_numbers_that_can_not_be_used_end_it(tmp_path: Path) -> None:
    code, line = refusal(tmp_path / "none.json")
    assert (code, "expected a file" in line) == (2, True)
    config = configuration(tmp_path)
    code, line = refusal(config, "--detector", "1")
    assert (code, "has 1 detectors; expected a number from 0 to 0" in line) == (2, True)
    code, line = refusal(config, "--dead-module", "2,0")
    assert (code, "has 2 modules; expected a number from 0 to 1" in line) == (2, True)
    for files in (("--truth", config), ("--truth", "x", "--report", "x")):
        code, line = refusal(config, *files)
        assert (code, "must be different files" in line) == (2, True)
    code, line = refusal(config, "--report", tmp_path / "no" / "folder.json")
    assert (code, "can't be written" in line, "folder.json" in line) == (1, True, True)
    code, line = refusal(config, "--truth", tmp_path / "no" / "folder.h5")
    assert (code, "can't be written" in line, "folder.h5" in line) == (1, True, True)
