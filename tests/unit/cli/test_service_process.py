import signal
from pathlib import Path

from jfjoch.cli.service_process import ServiceProcess
from tests.helpers.service_process import wait_until

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", end="", flush=True)
while True:
    time.sleep(60)
"""


def service(directory: Path, source: str) -> ServiceProcess:
    (directory / "service.py").write_text(source)
    return ServiceProcess("service", [], directory / "service.log", directory)


def test_what_a_service_prints_is_kept_and_its_exit_code_told(tmp_path: Path) -> None:
    process = service(tmp_path, "import sys; print('one'); print('two'); sys.exit(3)")
    with process:
        wait_until(lambda: process.exit_code() is not None, "its end")
    assert process.exit_code() == 3
    assert process.last_line() == "two"


def test_a_line_still_being_written_is_the_last_line(tmp_path: Path) -> None:
    process = service(tmp_path, "print('kernels 1/9\\rkernels 2/9', end='')")
    with process:
        wait_until(lambda: process.exit_code() is not None, "its end")
    assert process.last_line() == "kernels 2/9"


def test_a_service_ends_with_the_context(tmp_path: Path) -> None:
    with service(tmp_path, "import time; time.sleep(600)") as process:
        assert process.exit_code() is None
    assert process.exit_code() == -signal.SIGTERM


def test_a_service_that_does_not_end_is_killed(tmp_path: Path) -> None:
    process = service(tmp_path, STUBBORN)
    process.start()
    wait_until(lambda: process.last_line() == "ready", "the service")
    process.stop(patience_s=0.1)
    assert process.exit_code() == -signal.SIGKILL


def test_a_signal_to_the_terminals_group_does_not_reach_the_service(tmp_path: Path) -> None:
    with service(tmp_path, "import os; print(os.getpgid(0) == os.getpid())") as process:
        wait_until(lambda: process.exit_code() is not None, "its end")
    assert process.last_line() == "True"


def test_stopping_twice_or_before_the_start_is_harmless(tmp_path: Path) -> None:
    process = service(tmp_path, "import time; time.sleep(600)")
    process.stop()
    process.start()
    process.stop()
    process.stop()
    assert process.exit_code() == -signal.SIGTERM


def test_an_old_log_is_kept(tmp_path: Path) -> None:
    process = service(tmp_path, "print('new')")
    process.log.write_text("old\n")
    with process:
        wait_until(lambda: process.exit_code() is not None, "its end")
    assert process.log.read_text() == "old\nnew\n"
