"""The watch over the services under test, shown on small programs of Python's own library."""

from pathlib import Path

import pytest

from tests.helpers.service_process import ServiceProcess
from tests.helpers.services import running


def _ended_program(statement: str, directory: Path) -> ServiceProcess:
    """A process that has executed the statement once and ended."""
    process = ServiceProcess("timeit", ["-n1", "-r1", statement], directory)
    process.start()
    assert process.wait_for_end() == 0
    return process


@pytest.mark.parametrize(
    "statement",
    ["print('12:00 ERROR disk full')", "print('Traceback (most')", "open('x.txt', 'w')"],
)
def test_trouble_in_the_log_is_found(tmp_path: Path, statement: str) -> None:
    """The last one leaks a file: a ResourceWarning."""
    process = _ended_program(statement, tmp_path)
    with pytest.raises(AssertionError, match="trouble in the log"):
        process.assert_no_trouble()


def test_expected_trouble_is_none(tmp_path: Path) -> None:
    process = _ended_program("print('12:00 ERROR disk full')", tmp_path)
    process.expect_trouble("disk full")
    process.assert_no_trouble()


def test_an_exit_code_is_checked(tmp_path: Path) -> None:
    """http.server knows nothing of SIGTERM."""
    with (
        pytest.raises(AssertionError, match="exit code -15"),
        running(ServiceProcess("http.server", ["--bind", "127.0.0.1", "0"], tmp_path)) as server,
    ):
        server.wait_for_log("Serving HTTP on")


def test_an_early_end_shows_the_log(tmp_path: Path) -> None:
    process = _ended_program("print('no such device')", tmp_path)
    with pytest.raises(AssertionError, match="no such device"):
        process.wait_for_log("listening on")


def _fail_beside(process: ServiceProcess) -> None:
    process.wait_for_log("Serving HTTP on")
    raise ValueError("something else")


def test_a_failed_test_shows_the_log_and_leaves_no_process(tmp_path: Path) -> None:
    process = ServiceProcess("http.server", ["--bind", "127.0.0.1", "0"], tmp_path)
    with pytest.raises(ValueError, match="something else") as caught, running(process):
        _fail_beside(process)
    assert "Serving HTTP on" in "".join(caught.value.__notes__)
    assert process.exit_code is not None
