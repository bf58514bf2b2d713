"""The command ``jfjoch`` with a broker whose operations end when the test says so."""

import json
import subprocess
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from jfjoch.model.status import MeasurementStatistics
from tests.helpers.client_command import (
    COMMAND,
    expect_done,
    expect_failure,
    following,
    interrupt,
    jfjoch,
)
from tests.helpers.configurations import dataset
from tests.helpers.http_service import HttpService, running_http_service
from tests.helpers.ports import free_tcp_port
from tests.helpers.service_process import wait_until

HOSTILE = "red\x1b[31m bell\x07 \x9b2J\nforged line \u202egnp.exe"
RUN = MeasurementStatistics(
    file_prefix="a/b", run_number=7, images_expected=10, images_collected=9, images_sent=9
)


@pytest.fixture
def service() -> Iterator[HttpService]:
    with running_http_service() as running:
        yield running


def url_of(service: HttpService) -> str:
    return f"http://{service.host}:{service.port}"


def state_of(service: HttpService) -> str:
    return service.broker.machine.state


def run_file(directory: Path, **changes: object) -> Path:
    path = directory / "run.json"
    path.write_text(json.dumps({**dataset("scan/first", 10), **changes}))
    return path


def begin_run(service: HttpService, figures: MeasurementStatistics = RUN) -> None:
    """Have a run go on, with these figures."""
    service.broker.become_idle()
    assert service.http.post("/start", json=dataset("a/b", 10)).status_code == 200
    service.broker.statistics = figures


def wait_for_waiting(service: HttpService) -> None:
    wait_until(lambda: service.broker.waits.pending > 0, "a command that waits at the broker")


def test_the_command_is_declared_and_its_help_tells_the_exit_codes() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    module, _, function = project["project"]["scripts"]["jfjoch"].partition(":")
    assert module == COMMAND[-1]
    assert callable(getattr(import_module(module), function))
    shown = expect_done(jfjoch("http://localhost", "--help"))
    assert all(f"{code} " in shown.split("Exit codes:")[1] for code in (0, 1, 2, 3, 4, 5, 130))


def test_status_is_a_table_or_the_json_of_the_interface(service: HttpService) -> None:
    """B132, B142, B171."""
    begin_run(service)
    shown = expect_done(jfjoch(url_of(service), "status"))
    rows = dict(line.split("  ", 1) for line in shown.splitlines())
    values = {name: value.strip() for name, value in rows.items()}
    assert values["state"] == "Measuring"
    assert values["detector"] == "0: first (S0), 1030 x 514 pixels"
    assert (values["run"], values["images sent"]) == ("7", "9")

    parts = json.loads(expect_done(jfjoch(url_of(service), "status", "--json")))
    assert parts["broker"] == service.http.get("/status").json()
    assert parts["detector_list"] == service.http.get("/config/select_detector").json()
    assert parts["measurement"] == service.http.get("/statistics/data_collection").json()


def test_status_before_the_first_run_has_no_figures(service: HttpService) -> None:
    parts = json.loads(expect_done(jfjoch(url_of(service), "status", "--json")))
    assert parts["broker"]["state"] == "Inactive"
    assert "measurement" not in parts


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_a_hostile_message_does_not_reach_the_terminal(
    service: HttpService, option: list[str]
) -> None:
    service.broker.message = HOSTILE
    shown = expect_done(jfjoch(url_of(service), "status", *option))
    assert "\\x1b[31m" in shown or "\\u001b[31m" in shown
    assert shown.replace("\n", "").isprintable()
    assert not any(line.startswith("forged") for line in shown.splitlines())


def test_a_hostile_failure_is_told_in_one_safe_line(service: HttpService, tmp_path: Path) -> None:
    service.broker.become_idle()
    service.broker.start_failure = HOSTILE
    failure = jfjoch(url_of(service), "start", run_file(tmp_path))
    assert expect_failure(failure, 1).isprintable()
    assert len(failure.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["initialize", "pedestal"])
def test_an_operation_is_followed_to_its_end(service: HttpService, command: str) -> None:
    """B014, B023, B027."""
    if command == "pedestal":
        service.broker.become_idle()
    with following(url_of(service), command) as process:
        wait_for_waiting(service)
        service.broker.finish("completed")
        _, shown = process.communicate()
    assert process.returncode == 0
    assert shown.startswith("Busy  0%" if command == "initialize" else "Pedestal  0%")


def test_without_waiting_the_command_returns_when_it_has_begun(service: HttpService) -> None:
    expect_done(jfjoch(url_of(service), "initialize", "--no-wait"))
    assert state_of(service) == "Busy"


def test_a_failure_ends_with_1_and_says_why(service: HttpService) -> None:
    """B023."""
    with following(url_of(service), "initialize") as process:
        wait_for_waiting(service)
        service.broker.finish("failed_needs_initialize", "no high voltage")
        _, shown = process.communicate()
    assert process.returncode == 1
    assert shown.splitlines()[-1] == "jfjoch: no high voltage"


def test_an_initialize_that_somebody_cancels_has_failed(service: HttpService) -> None:
    with following(url_of(service), "initialize") as process:
        wait_for_waiting(service)
        service.broker.finish("abandoned")
        _, shown = process.communicate()
    assert process.returncode == 1
    assert "not initialized" in shown


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 1),
        ({"images_sent": 10}, 0),
        ({"cancelled": True}, 0),
        ({"images_discarded_lossy_compression": 1}, 0),
        ({"file_prefix": "", "images_collected": 10, "images_sent": 0}, 0),
        ({"file_prefix": "", "images_sent": 0}, 1),
    ],
)
def test_a_run_that_lost_images_ends_with_1(
    service: HttpService, changes: dict[str, object], code: int
) -> None:
    """B058, B077, B172."""
    begin_run(service, RUN.model_copy(update=changes))
    with following(url_of(service), "wait", "--json") as process:
        wait_for_waiting(service)
        service.broker.finish("completed")
        figures, shown = process.communicate()
    assert process.returncode == code, shown
    assert json.loads(figures)["images_expected"] == 10
    assert ("expected 10 images" in shown) == (code == 1)


def test_start_follows_its_run(service: HttpService, tmp_path: Path) -> None:
    """B067."""
    service.broker.become_idle()
    with following(url_of(service), "start", str(run_file(tmp_path)), "--wait") as process:
        wait_for_waiting(service)
        service.broker.statistics = RUN
        service.broker.finish("failed_run", "the writer is gone")
        figures, shown = process.communicate()
    assert process.returncode == 1
    assert shown.splitlines()[-1] == "jfjoch: the writer is gone"
    assert "images sent       9" in figures
    assert [run.file_prefix for run in service.broker.datasets] == ["scan/first"]


def test_settings_of_a_run_may_come_from_standard_input(service: HttpService) -> None:
    service.broker.become_idle()
    appendix = {"hdf5": {"note": None}, "list": [1, None]}
    text = json.dumps({**dataset("piped", 10), "header_appendix": appendix})
    expect_done(jfjoch(url_of(service), "start", "-", stdin=text))
    (run,) = service.broker.datasets
    assert (run.file_prefix, run.header_appendix) == ("piped", appendix)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"incident_energy_keV": 0}, "run.json: incident_energy_keV: expected a value >= 0.001"),
        ({"goniometer": {"step": "x", "vector": [1, 0, 0]}}, "run.json: goniometer.step:"),
        ({"file_prefx": "typo"}, "run.json: file_prefx: unknown key"),
    ],
)
def test_bad_settings_are_refused_before_anybody_is_asked(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    """No broker is there: asking it would end with 5 (B005)."""
    nobody = f"http://127.0.0.1:{free_tcp_port()}"
    line = expect_failure(jfjoch(nobody, "start", run_file(tmp_path, **changes)), 2)
    assert message in line


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"a": NaN}', "\udcff"])
def test_what_is_not_a_json_object_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert "run.json" in expect_failure(jfjoch("http://localhost", "start", path), 2)
    assert "none.json" in expect_failure(jfjoch("http://localhost", "start", "none.json"), 2)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["dance"],
        ["status", "--url", "ftp://localhost"],
        ["status", "--url", "http://localhost:5232/status"],
        ["status", "--url", "http://localhost:99999"],
        ["wait", "--timeout", "soon"],
        ["wait", "--timeout", "-1"],
        ["config", "colour"],
        ["config", "mask"],
        ["config", "mask", "in.tiff"],
        ["config", "internal_generator_image"],
        ["config", "internal_generator_image", "none.tiff"],
        ["config", "user_mask", "mask.png"],
        ["config", "user_mask", "none.tiff", "--id", "1"],
        ["config", "detector", "--id", "1"],
        ["config", "detector", "in.json", "--output", "out.json"],
        ["preview", "image.png"],
        ["preview", "image.tiff", "--saturation", "5"],
        ["preview", "image.jpeg", "--roi"],
        ["preview", "image.jpeg", "--saturation", "5", "--quality", "101"],
    ],
)
def test_a_wrong_command_line_ends_with_2_in_one_line(arguments: list[str]) -> None:
    ended = jfjoch(f"http://127.0.0.1:{free_tcp_port()}", *arguments)
    expect_failure(ended, 2)
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("command", "idle"),
    [("pedestal", False), ("deactivate", False), ("wait", False), ("trigger", True)],
)
def test_a_wrong_state_ends_with_3(service: HttpService, command: str, idle: bool) -> None:
    """B017, B030, B070, B078."""
    if idle:
        service.broker.become_idle()
    line = expect_failure(jfjoch(url_of(service), command), 3)
    assert ("Idle" if idle else "Inactive") in line


def test_start_in_a_wrong_state_ends_with_3(service: HttpService, tmp_path: Path) -> None:
    """B031."""
    expect_failure(jfjoch(url_of(service), "start", run_file(tmp_path)), 3)


@pytest.mark.parametrize("seconds", ["0", "1"])
def test_a_time_out_ends_with_4_and_leaves_the_broker_alone(
    service: HttpService, seconds: str
) -> None:
    """B068, B069."""
    begin_run(service)
    line = expect_failure(jfjoch(url_of(service), "wait", "--timeout", seconds), 4)
    assert f"within {seconds} s, got state Measuring" in line
    assert state_of(service) == "Measuring"


def test_nobody_there_ends_with_5() -> None:
    nobody = f"http://127.0.0.1:{free_tcp_port()}"
    line = expect_failure(jfjoch(nobody, "status"), 5)
    assert nobody in line
    assert "start jfjoch_broker" in line


def test_ctrl_c_leaves_the_broker_running_and_says_so(service: HttpService) -> None:
    """B068."""
    begin_run(service)
    with following(url_of(service), "wait") as process:
        wait_for_waiting(service)
        code, text = interrupt(process)
    assert code == 130
    assert text.splitlines()[-1].startswith("jfjoch: interrupted; the broker goes on")
    assert state_of(service) == "Measuring"


def test_ctrl_c_cancels_where_that_is_asked_for(service: HttpService) -> None:
    """B073."""
    begin_run(service)
    with following(url_of(service), "wait", "--cancel-on-interrupt") as process:
        wait_for_waiting(service)
        code, text = interrupt(process)
    assert code == 130
    assert "cancelled" in text.splitlines()[-1]
    assert state_of(service) == "Idle"


def test_triggers_reach_a_run_and_cancel_ends_it(service: HttpService) -> None:
    """B072, B073, B076, B078."""
    begin_run(service)
    expect_done(jfjoch(url_of(service), "trigger"))
    assert service.broker.triggers == 1
    expect_done(jfjoch(url_of(service), "cancel"))
    assert state_of(service) == "Idle"
    expect_done(jfjoch(url_of(service), "cancel"))
    expect_done(jfjoch(url_of(service), "deactivate"))
    assert state_of(service) == "Inactive"


def test_a_reader_that_goes_away_is_no_trouble(service: HttpService) -> None:
    with subprocess.Popen(
        [*COMMAND, "--url", url_of(service), "status"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_the_environment_may_name_the_broker(
    service: HttpService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JFJOCH_URL", url_of(service))
    assert "Inactive" in subprocess.run([*COMMAND, "status"], capture_output=True, text=True).stdout
