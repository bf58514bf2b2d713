"""Boards act together: one acquisition, one state, whoever is told."""

import struct
from collections.abc import Iterator

import pytest

from jfjoch.errors import DetectorError
from jfjoch.simulator.control.control_server import ControlServer
from tests.helpers.control_client import ControlClient, Refused, call
from tests.helpers.control_server_process import simulated_detector
from tests.helpers.ports import free_tcp_ports
from tests.helpers.recording_emitter import RecordingEmitter

IDLE, ERROR, WAITING, RUNNING, STOPPED = 0, 1, 2, 5, 6
_LOCALHOST = struct.unpack("<I", bytes((127, 0, 0, 1)))[0]
_MODULES = 2


class _Rig:
    """Two modules of a JUNGFRAU, ready to start, and what their emitter was told."""

    def __init__(self) -> None:
        self.emitter = RecordingEmitter()
        self.port = free_tcp_ports(2 * _MODULES)
        self.server = ControlServer(simulated_detector("JUNGFRAU", 2), self.emitter, self.port)

    def control(self, board: int, name: str, *arguments: int, form: str = "") -> None:
        call(self.port + 2 * board, name, arguments, (form, ""))

    def ask(self, board: int, name: str, form: str = "i") -> int:
        """By the stop port, as slsdet does what must come through at any time."""
        (value,) = call(self.port + 2 * board + 1, name, (), ("", form))
        assert isinstance(value, int)
        return value

    def get_or_set(self, board: int, name: str, value: int) -> None:
        call(self.port + 2 * board, name, (value,), ("i", "i"))

    def set_voltage(self, board: int, volts: int) -> None:
        call(self.port + 2 * board, "set_dac", (77, 0, volts), ("3i", "i"))

    def start(self) -> None:
        for board in range(_MODULES):
            self.control(board, "start_acquisition")

    def make_ready(self) -> None:
        for board in range(_MODULES):
            self.get_or_set(board, "power_chip", 1)
            self.control(board, "set_dest_udp_ip", _LOCALHOST, form="I")
            self.control(board, "set_dest_udp_port", 9000 + board, form="H")
            self.control(board, "set_num_frames", 10, form="q")

    def trigger_mode(self, triggers: int) -> None:
        for board in range(_MODULES):
            self.get_or_set(board, "set_timing_mode", 1)
            self.control(board, "set_num_triggers", triggers, form="q")

    @property
    def states(self) -> list[int]:
        return [self.ask(board, "get_run_status") for board in range(_MODULES)]


@pytest.fixture
def rig() -> Iterator[_Rig]:
    made = _Rig()
    with made.server:
        made.make_ready()
        yield made


def test_acquisition_begins_with_the_last_board_that_is_told(rig: _Rig) -> None:
    rig.control(1, "start_acquisition")
    assert rig.states == [IDLE, RUNNING]
    assert rig.emitter.calls == []
    rig.control(0, "start_acquisition")
    assert rig.states == [RUNNING, RUNNING]
    assert [x.frame_count for x in rig.emitter.acquisitions] == [10]
    assert rig.ask(0, "get_frames_left", "q") == 10
    rig.emitter.finish()
    assert rig.states == [IDLE, IDLE]
    assert rig.ask(1, "get_frames_left", "q") == 0


def test_stop_of_any_board_ends_it_for_all(rig: _Rig) -> None:
    rig.start()
    rig.control(1, "stop_acquisition")
    assert rig.states == [STOPPED, STOPPED]
    rig.start()
    assert rig.states == [RUNNING, RUNNING]


def test_stop_forgets_the_boards_told_so_far(rig: _Rig) -> None:
    rig.control(0, "start_acquisition")
    rig.control(0, "stop_acquisition")
    rig.control(1, "start_acquisition")
    assert rig.emitter.acquisitions == []


def test_start_is_refused_while_it_runs(rig: _Rig) -> None:
    rig.start()
    with pytest.raises(Refused, match="board 1 is acquiring already; stop it first"):
        rig.control(1, "start_acquisition")
    assert rig.emitter.calls == ["start"]


def test_start_without_chip_power_or_destination_is_refused(rig: _Rig) -> None:
    rig.get_or_set(0, "power_chip", 0)
    with pytest.raises(Refused, match="the chip of board 0 has no power"):
        rig.control(0, "start_acquisition")
    rig.control(1, "set_dest_udp_port", 0, form="H")
    with pytest.raises(Refused, match="board 1 does not know where to send packets"):
        rig.control(1, "start_acquisition")
    with pytest.raises(Refused, match="board 1 does not know where to send packets"):
        rig.control(1, "validate_udp_config")
    rig.control(0, "validate_udp_config")


def test_boards_told_different_things_do_not_start(rig: _Rig) -> None:
    rig.control(1, "set_num_frames", 11, form="q")
    with pytest.raises(Refused, match="boards must be told the same"):
        rig.start()
    rig.control(1, "set_num_frames", 10, form="q")
    rig.start()
    assert rig.states == [RUNNING, RUNNING]


def test_master_alone_passes_on_triggers(rig: _Rig) -> None:
    """All boards get each of them from the client."""
    rig.trigger_mode(2)
    rig.start()
    assert rig.states == [WAITING, WAITING]
    assert rig.ask(1, "get_triggers_left", "q") == 2
    for left in (1, 0, 0):
        for board in range(_MODULES):
            rig.control(board, "software_trigger", 0, form="i")
        assert rig.ask(1, "get_triggers_left", "q") == left
    assert rig.emitter.calls == ["start", "trigger", "trigger"]


def test_trigger_in_auto_mode_and_blocking_trigger_are_refused(rig: _Rig) -> None:
    with pytest.raises(Refused, match="no trigger is awaited; set timing"):
        rig.control(0, "software_trigger", 0, form="i")
    with pytest.raises(Refused, match="not simulated"):
        rig.control(0, "software_trigger", 1, form="i")


def test_shutter_is_closed_for_one_acquisition_after_the_voltage_was_set(rig: _Rig) -> None:
    rig.set_voltage(1, 120)
    for _ in range(2):
        rig.start()
        rig.emitter.finish()
    rig.set_voltage(0, 120)
    rig.start()
    assert [x.dark for x in rig.emitter.acquisitions] == [True, False, True]


def test_asking_for_the_voltage_closes_no_shutter(rig: _Rig) -> None:
    rig.set_voltage(0, -1)
    rig.start()
    assert [x.dark for x in rig.emitter.acquisitions] == [False]


def test_frame_numbers_go_on_until_they_are_set(rig: _Rig) -> None:
    rig.start()
    rig.emitter.finish()
    assert rig.ask(1, "get_next_frame_number", "Q") == 11
    rig.start()
    rig.emitter.finish()
    for board in range(_MODULES):
        rig.control(board, "set_next_frame_number", 5, form="Q")
    rig.start()
    assert [x.first_frame_number for x in rig.emitter.acquisitions] == [1, 11, 5]


def test_board_in_error_says_so_until_it_recovers(rig: _Rig) -> None:
    rig.server.fail(1)
    assert rig.states == [IDLE, ERROR]
    with pytest.raises(Refused, match="board 1 is in error"):
        rig.control(1, "start_acquisition")
    rig.server.recover(1)
    assert rig.states == [IDLE, IDLE]


def test_emitter_that_can_not_start_leaves_boards_idle(rig: _Rig) -> None:
    rig.set_voltage(0, 120)
    rig.control(0, "start_acquisition")
    rig.emitter.refuse_next_start()
    with pytest.raises(Refused, match="no socket"):
        rig.control(1, "start_acquisition")
    assert rig.states == [IDLE, IDLE]
    rig.start()
    assert [(x.dark, x.first_frame_number) for x in rig.emitter.acquisitions] == [(True, 1)]


def test_refused_value_changes_nothing(rig: _Rig) -> None:
    with pytest.raises(
        Refused, match="frames of board 0: 1 to 9223372036854775807 expected, 0 came"
    ):
        rig.control(0, "set_num_frames", 0, form="q")
    assert rig.ask(0, "get_num_frames", "q") == 10


def test_ports_beyond_the_last_are_told() -> None:
    detector = simulated_detector("EIGER", 2)
    server = ControlServer(detector, RecordingEmitter(), 65530)
    with pytest.raises(DetectorError, match="4 boards need the ports 65530 to 65537"):
        server.start()


def test_taken_port_is_told_and_nothing_stays_open() -> None:
    port = free_tcp_ports(4)
    detector = simulated_detector("JUNGFRAU", 2)
    with ControlServer(simulated_detector("JUNGFRAU", 1), RecordingEmitter(), port + 2):
        second = ControlServer(detector, RecordingEmitter(), port)
        with pytest.raises(DetectorError, match=rf"can't listen for control .* from {port}"):
            second.start()
        second.stop()
        with pytest.raises(ConnectionRefusedError):
            ControlClient(port)
    with second:
        assert call(port, "get_detector_type", formats=("", "i")) == (3,)


def test_stop_ends_acquisition_connections_and_ports(rig: _Rig) -> None:
    rig.start()
    with ControlClient(rig.port) as client:
        assert client.call("get_run_status", formats=("", "i")) == (RUNNING,)
        rig.server.stop()
        assert client.receive_rest() == b""
    assert rig.emitter.calls == ["start", "stop"]
    with pytest.raises(ConnectionRefusedError):
        ControlClient(rig.port)
    rig.server.stop()
    rig.server.start()
    assert rig.states == [STOPPED, STOPPED]


def test_version_can_be_another() -> None:
    port = free_tcp_ports(2)
    server = ControlServer(
        simulated_detector("JUNGFRAU", 1), RecordingEmitter(), port, "9.1.0 0x240101"
    )
    with server:
        (version,) = call(port, "get_server_version", formats=("", "1000s"))
    assert version.rstrip(b"\0") == b"9.1.0 0x240101"
    assert server.hostnames == [f"127.0.0.1:{port}"]
