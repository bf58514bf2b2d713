"""What goes wrong between broker and detector is told, and initialize begins anew."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from jfjoch.detector.sls.sls_detector import SlsDetector
from jfjoch.errors import DetectorError
from tests.helpers.control_client import call
from tests.helpers.silent_server import SilentServer
from tests.helpers.sls_bench import SLSDET_IS_THERE, SlsBench, shared_memory_of, wait_until
from tests.helpers.sls_detectors import addresses_of, sls_detector

pytestmark = pytest.mark.skipif(not SLSDET_IS_THERE, reason="slsdet is made for x86-64 only")

_ASK = -1
_HIGH_VOLTAGE = 77
"""Of the control protocol."""


@pytest.fixture
def jungfrau() -> Iterator[SlsBench]:
    bench = SlsBench(sls_detector(tx_delay=[1, 2]))
    yield bench
    bench.close()


def test_other_version_is_told_with_both() -> None:
    bench = SlsBench(sls_detector(), server_version="9.1.0 0x240101")
    with pytest.raises(DetectorError, match=r"9\.1\.0.*10\.0.*major"):
        bench.control.switch_on()
    bench.close()


def test_other_type_of_detector() -> None:
    bench = SlsBench(sls_detector(2))
    wrong = sls_detector(1, type="EIGER", hostname=bench.detector.hostname)
    control = SlsDetector(wrong, addresses_of(wrong))
    with pytest.raises(DetectorError, match=r"is of type JUNGFRAU, .* says EIGER"):
        control.switch_on()
    control.switch_off()
    bench.close()


def test_unreachable_boards_are_named(jungfrau: SlsBench) -> None:
    jungfrau.server.stop()
    hosts = ".*".join(jungfrau.detector.hostname)
    with pytest.raises(DetectorError, match=f"2 of 2 boards can't be reached: {hosts}.*power"):
        jungfrau.control.switch_on()
    assert jungfrau.control.status().state == "Not connected"
    jungfrau.server = jungfrau.new_server()
    jungfrau.control.switch_on()
    assert jungfrau.control.status().state == "Idle"


def test_board_in_error_is_named(jungfrau: SlsBench) -> None:
    jungfrau.control.switch_on()
    jungfrau.run()
    jungfrau.server.fail(1)
    named = f"error on board 1 .{jungfrau.detector.hostname[1]}.*initialize"
    with pytest.raises(DetectorError, match=named):
        jungfrau.control.is_idle()
    wait_until(lambda: jungfrau.control.status().state == "Error")
    jungfrau.server.recover(1)
    jungfrau.control.switch_on()
    assert jungfrau.control.status().state == "Idle"


def test_detector_lost_in_a_run(jungfrau: SlsBench) -> None:
    jungfrau.control.switch_on()
    jungfrau.run()
    jungfrau.server.stop()
    with pytest.raises(DetectorError, match=r"states failed: .*127\.0\.0\.1"):
        jungfrau.control.is_idle()
    wait_until(lambda: jungfrau.control.status().state == "Not connected")
    with pytest.raises(DetectorError, match="may be under voltage"):
        jungfrau.control.switch_off()
    jungfrau.control.switch_off()  # nobody is kept from leaving a detector that is gone
    jungfrau.server = jungfrau.new_server()
    jungfrau.control.switch_on()
    assert jungfrau.control.status().state == "Idle"


def test_process_that_is_killed(jungfrau: SlsBench) -> None:
    """What it leaves behind is removed, and initialize starts another."""
    jungfrau.control.switch_on()
    jungfrau.run()
    process_id = jungfrau.control.process_id
    assert process_id is not None
    os.kill(process_id, signal.SIGKILL)
    with pytest.raises(DetectorError, match=r"connection .* lost: .*SIGKILL.*initialize again"):
        jungfrau.control.is_idle()
    with pytest.raises(DetectorError, match=r"not connected: .*SIGKILL.*initialize it again"):
        jungfrau.control.start()
    assert shared_memory_of(process_id) == []
    assert jungfrau.control.status().state == "Not connected"
    jungfrau.control.switch_on()
    assert jungfrau.control.is_idle()  # what was under way was stopped
    jungfrau.run()


def test_killed_process_does_not_keep_the_voltage_on(jungfrau: SlsBench) -> None:
    jungfrau.control.switch_on()
    process_id = jungfrau.control.process_id
    assert process_id is not None
    os.kill(process_id, signal.SIGKILL)
    jungfrau.control.switch_off()
    for board in range(2):
        port = jungfrau.port + 2 * board
        assert call(port, "power_chip", (_ASK,), ("i", "i")) == (0,)
        assert call(port, "set_dac", (_HIGH_VOLTAGE, 0, _ASK), ("3i", "i")) == (0,)


@pytest.fixture
def silent() -> Iterator[SilentServer]:
    server = SilentServer()
    yield server
    server.close()


def test_call_that_hangs_is_ended(silent: SilentServer) -> None:
    detector = sls_detector(1, hostname=[f"127.0.0.1:{silent.port}"])
    control = SlsDetector(detector, addresses_of(detector), time_limit_s=1.0)
    with pytest.raises(DetectorError, match="connect was not answered within 1 s"):
        control.switch_on()
    assert control.process_id is None
    control.switch_off()


def switching_on(control: SlsDetector) -> tuple[threading.Thread, list[DetectorError]]:
    """Begin it in a thread; what it raises."""
    failures: list[DetectorError] = []

    def switch_on() -> None:
        try:
            control.switch_on()
        except DetectorError as error:
            failures.append(error)

    thread = threading.Thread(target=switch_on)
    thread.start()
    return thread, failures


def test_switching_on_is_abandoned_while_the_detector_does_not_answer(
    silent: SilentServer,
) -> None:
    detector = sls_detector(1, hostname=[f"127.0.0.1:{silent.port}"])
    control = SlsDetector(detector, addresses_of(detector))
    slow, failures = switching_on(control)
    wait_until(lambda: len(silent.taken) >= 2)  # the first was to see whether it is there
    control.abandon()
    slow.join()
    assert len(failures) == 1
    control.switch_off()


def test_switching_on_is_abandoned_before_the_voltage_is_on(
    jungfrau: SlsBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And can be begun anew after it was switched off."""
    control = SlsDetector(
        jungfrau.detector, addresses_of(jungfrau.detector), settling_s=threading.TIMEOUT_MAX
    )
    slow, failures = switching_on(control)
    port = jungfrau.port
    wait_until(lambda: call(port + 2, "power_chip", (_ASK,), ("i", "i")) == (1,))
    control.abandon()
    slow.join()
    assert len(failures) == 1
    assert call(port, "set_dac", (_HIGH_VOLTAGE, 0, _ASK), ("3i", "i")) == (0,)
    monkeypatch.setattr(control, "_settling_s", 0.0)
    control.switch_off()
    assert call(port, "power_chip", (_ASK,), ("i", "i")) == (0,)
    jungfrau.control.switch_on()


def test_status_does_not_wait_for_a_slow_call(silent: SilentServer) -> None:
    """B145: also while the detector keeps all others waiting."""
    detector = sls_detector(1, hostname=[f"127.0.0.1:{silent.port}"])
    control = SlsDetector(detector, addresses_of(detector))
    failures: list[DetectorError] = []

    def initialize() -> None:
        try:
            control.switch_on()
        except DetectorError as error:
            failures.append(error)

    slow = threading.Thread(target=initialize)
    slow.start()
    wait_until(lambda: len(silent.taken) >= 2)  # the first was to see whether it is there
    assert control.status().state == "Not connected"
    assert slow.is_alive()
    process_id = control.process_id
    assert process_id is not None
    os.kill(process_id, signal.SIGKILL)
    slow.join()
    assert "SIGKILL" in str(failures[0])


def test_slsdet_that_is_not_installed(
    jungfrau: SlsBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slsdet.py").write_text("raise ModuleNotFoundError('No module named slsdet')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(DetectorError, match=r"pip install 'jfjoch\[slsdet\]'"):
        jungfrau.control.switch_on()
    monkeypatch.delenv("PYTHONPATH")
    jungfrau.control.switch_on()


_SWITCH_ON_AND_DIE = """
import os, signal, sys
from jfjoch.detector.sls.sls_detector import SlsDetector
from tests.helpers.sls_detectors import addresses_of, sls_detector
detector = sls_detector(hostname=sys.argv[1:])
control = SlsDetector(detector, addresses_of(detector))
control.switch_on()
print(control.process_id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_broker_that_is_killed_leaves_nothing_behind(jungfrau: SlsBench) -> None:
    """The next one finds the detector on, and takes it over."""
    command = [sys.executable, "-c", _SWITCH_ON_AND_DIE, *jungfrau.detector.hostname]
    killed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    process_id = int(killed.stdout)
    wait_until(lambda: not shared_memory_of(process_id))
    jungfrau.control.switch_on()
    assert jungfrau.control.status().high_voltage_V == [120, 120]
