"""What is no command does no harm: the server goes on, and nothing waits for ever."""

import logging
import random
import socket
import struct

import pytest

from jfjoch.simulator.control.control_server import ControlServer
from jfjoch.simulator.control.function_table import functions_of
from tests.helpers.control_client import ControlClient, call
from tests.helpers.control_server_process import simulated_detector
from tests.helpers.ports import free_tcp_ports
from tests.helpers.recording_emitter import RecordingEmitter

_STRINGS = 10_000


def _string(generator: random.Random, numbers: list[int]) -> bytes:
    """Anything; every other one begins as a command that is known."""
    noise = generator.randbytes(generator.choice((0, 1, 3, 4, 5, 8, 12, 40, 200)))
    if generator.random() < 0.5:
        return noise
    return struct.pack("<i", generator.choice(numbers)) + noise


def test_ten_thousand_random_strings(caplog: pytest.LogCaptureFixture) -> None:
    """Never a crash, a hang or an error in the log."""
    generator = random.Random(5)
    numbers = list(functions_of("JUNGFRAU"))
    port = free_tcp_ports(2)
    with ControlServer(simulated_detector("JUNGFRAU", 1), RecordingEmitter(), port):
        for _ in range(_STRINGS):
            with ControlClient(port + generator.randrange(2)) as client:
                client.send(_string(generator, numbers))
                client.socket.shutdown(socket.SHUT_WR)
                client.receive_rest()
        assert call(port, "get_detector_type", formats=("", "i")) == (3,)
    assert not [x.getMessage() for x in caplog.records if x.levelno >= logging.ERROR]


def test_half_a_command_does_not_hold_up_others() -> None:
    port = free_tcp_ports(2)
    with (
        ControlServer(simulated_detector("JUNGFRAU", 1), RecordingEmitter(), port),
        ControlClient(port) as slow,
    ):
        slow.send(struct.pack("<iq", 24, 7)[:9])  # set_num_frames, cut short
        assert call(port, "get_detector_type", formats=("", "i")) == (3,)
        slow.send(struct.pack("<iq", 24, 7)[9:])
        assert slow.receive(4) == bytes(4)
        assert call(port, "get_num_frames", formats=("", "q")) == (7,)


def test_what_is_not_simulated_is_told_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    port = free_tcp_ports(4)
    with ControlServer(simulated_detector("JUNGFRAU", 2), RecordingEmitter(), port):
        answers = [_answer(port + offset, 187) for offset in (0, 1, 2, 3)]
        beyond = _answer(port, 70000)
    expected = "not simulated: function get_scan (187)"
    assert answers == [struct.pack("<i1000s", 1, expected.encode())] * 4
    assert b"not simulated: function unknown (70000)" in beyond
    warnings = [x.message for x in caplog.records if x.levelno >= logging.WARNING]
    assert [expected in x for x in warnings] == [True, False]


def _answer(port: int, number: int) -> bytes:
    """Arguments follow that nobody knows the size of; the answer must come through all the same."""
    with ControlClient(port) as client:
        client.send(struct.pack("<i", number) + bytes(100_000))
        client.socket.shutdown(socket.SHUT_WR)
        return client.receive_rest()


def test_module_of_impossible_size_is_refused() -> None:
    """Its length comes from the client, and is not trusted."""
    port = free_tcp_ports(4)
    with (
        ControlServer(simulated_detector("EIGER", 1), RecordingEmitter(), port),
        ControlClient(port) as client,
    ):
        client.send(struct.pack("<i10i", 16, 0, 2**31 - 1, 4, 16, 0, 0, 0, 5000, 0, 0))
        client.socket.shutdown(socket.SHUT_WR)
        answer = client.receive_rest()
    assert answer.startswith(struct.pack("<i", 1) + b"a half module has 0 or 262144 trim bits")
