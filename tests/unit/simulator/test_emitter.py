"""Acquisitions from start to end: states, triggers, stop, refusals, delays."""

import shutil
import socket
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jfjoch.detector.packets.layout import packet_layout
from jfjoch.errors import DetectorError
from jfjoch.simulator.acquisition import Destination
from jfjoch.simulator.departures import EmitterClock
from jfjoch.simulator.emitter import PacketEmitter
from jfjoch.simulator.packet_order import sending_order
from jfjoch.simulator.packets import packet_table
from jfjoch.simulator.record import AcquisitionRecord, Outcome
from jfjoch.simulator.truth_file import TruthFile
from tests.helpers.emitters import acquisition, sender_setup, wait_until_idle
from tests.helpers.fake_clock import FakeClock
from tests.helpers.packet_listener import PacketListener


class Outcomes:
    """Keeps how acquisitions ended; implements ``AcquisitionListener``."""

    def __init__(self) -> None:
        self.all: list[Outcome] = []

    def begin(self, record: AcquisitionRecord) -> None:
        pass

    def end(self, record: AcquisitionRecord, outcome: Outcome) -> None:
        self.all.append(outcome)


def test_triggers_release_frames() -> None:
    emitter = PacketEmitter(sender_setup())
    with PacketListener(1, 1) as listener:
        asked = acquisition(
            listener.destinations, 6, frames_per_trigger=2, wait_for_trigger=True, period_s=0.001
        )
        emitter.start(asked)
        for given in range(3):
            listener.wait_until(lambda: emitter.state == "waiting")
            assert emitter.triggers_left == 3 - given
            assert emitter.frames_sent == 2 * given
            emitter.trigger()
            packets = listener.wait_for((given + 1) * 256)
        wait_until_idle(emitter)
        assert {packet.header.frame_number for packet in packets} == {1, 2, 3, 4, 5, 6}
    assert (emitter.triggers_left, emitter.frames_sent) == (0, 6)


def test_stop_ends_after_a_whole_frame() -> None:
    outcomes = Outcomes()
    emitter = PacketEmitter(sender_setup(), [outcomes])
    with PacketListener(1, 1) as listener:
        emitter.start(acquisition(listener.destinations, 1000, period_s=0.002))
        listener.wait_for(128)
        assert emitter.state == "running"
        emitter.stop()
        assert emitter.state == "idle"
        sent = emitter.frames_sent
        assert 0 < sent < 1000
        assert len(listener.wait_for(sent * 128)) == sent * 128
    assert outcomes.all == [Outcome(sent, sent * 128, outcomes.all[0].frames_late)]
    emitter.stop()


def test_stop_ends_a_wait_for_a_trigger() -> None:
    emitter = PacketEmitter(sender_setup())
    destinations = ((Destination("127.0.0.1", 9),),)
    emitter.start(acquisition(destinations, 1, wait_for_trigger=True))
    emitter.stop()
    assert (emitter.state, emitter.frames_sent) == ("idle", 0)


def test_triggers_that_nobody_awaits_have_no_effect() -> None:
    emitter = PacketEmitter(sender_setup())
    emitter.trigger()
    emitter.stop()
    assert (emitter.state, emitter.triggers_left, emitter.frames_sent) == ("idle", 0, 0)


def test_frames_are_paced_by_the_clock_and_the_rate_overrides_the_period() -> None:
    for rate_hz, expected_s in ((None, 0.094), (1000.0, 0.009)):
        clock, outcomes = FakeClock(), Outcomes()
        setup = replace(sender_setup(), rate_hz=rate_hz)
        timing = EmitterClock(clock, lambda duration_s, clock=clock: clock.wait(duration_s or 0.0))
        emitter = PacketEmitter(setup, [outcomes], timing)
        with PacketListener(1, 1) as listener:
            emitter.start(acquisition(listener.destinations, 10))
            wait_until_idle(emitter)
        assert clock.now == pytest.approx(expected_s), "the last part of the last frame"
        assert outcomes.all == [Outcome(10, 1280, 0)]


@pytest.mark.parametrize(
    ("period_s", "parts", "step_s"), [(0.01, 5, 0.001), (1.0, 10, 0.001), (0.003, 1, 0.0)]
)
def test_packets_of_a_frame_are_spread_over_half_its_period(
    period_s: float, parts: int, step_s: float
) -> None:
    """So that small receive buffers hold what comes at once; at most over 10 ms."""
    clock = FakeClock()
    waits: list[float] = []

    def wait(duration_s: float | None) -> None:
        waits.append(duration_s or 0.0)
        clock.wait(duration_s or 0.0)

    emitter = PacketEmitter(sender_setup(), (), EmitterClock(clock, wait))
    with PacketListener(1, 1) as listener:
        asked = acquisition(listener.destinations, 1, period_s=period_s, exposure_s=0.0)
        emitter.start(asked)
        wait_until_idle(emitter)
        packets = listener.wait_for(128)
    assert sorted(packet.header.packet_number for packet in packets) == list(range(128))
    assert waits == pytest.approx([step_s] * (parts - 1))


def test_one_acquisition_at_a_time() -> None:
    emitter = PacketEmitter(sender_setup())
    with PacketListener(1, 1) as listener:
        asked = acquisition(listener.destinations, 1, wait_for_trigger=True)
        emitter.start(asked)
        with pytest.raises(DetectorError, match="acquires already"):
            emitter.start(asked)
        emitter.stop()
        emitter.start(asked)
        emitter.stop()


@pytest.mark.parametrize(
    ("destinations", "message"),
    [
        ((), "has 1 modules, but destinations are given for 0"),
        (((), ()), "has 1 modules"),
        (((Destination("127.0.0.1", 9),) * 3,), r"1 or 2 ports.*got \[3\]"),
        (((Destination("nowhere", 9),),), "'nowhere' port 9; expected an IPv4 address"),
        (((Destination("127.0.0.1", 0),),), "port 0; expected"),
        (((Destination("127.0.0.1", 65536),),), "port 65536; expected"),
    ],
)
def test_what_can_not_be_sent_to_is_refused(
    destinations: tuple[tuple[Destination, ...], ...], message: str
) -> None:
    emitter = PacketEmitter(sender_setup())
    with pytest.raises(DetectorError, match=message):
        emitter.start(acquisition(destinations, 1))
    assert emitter.state == "idle"


def test_no_frame_at_all_is_refused() -> None:
    with pytest.raises(DetectorError, match="at least one frame, got 0"):
        PacketEmitter(sender_setup()).start(acquisition(((Destination("127.0.0.1", 9),),), 0))


def test_nobody_listening_is_no_error() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        nobody = Destination("127.0.0.1", free.getsockname()[1])
    outcomes = Outcomes()
    emitter = PacketEmitter(sender_setup(), [outcomes])
    emitter.start(acquisition(((nobody,),), 3, period_s=0.001))
    wait_until_idle(emitter)
    assert (outcomes.all[0].frames_sent, outcomes.all[0].error) == (3, None)


def test_a_network_that_refuses_ends_the_acquisition(caplog: pytest.LogCaptureFixture) -> None:
    """Packets to a broadcast address need a permission the socket does not have."""
    outcomes = Outcomes()
    emitter = PacketEmitter(sender_setup(), [outcomes])
    emitter.start(acquisition(((Destination("255.255.255.255", 9),),), 3))
    wait_until_idle(emitter)
    assert outcomes.all[0].frames_sent == 0
    assert "Permission denied" in str(outcomes.all[0].error)
    assert "can't send packets" in caplog.text
    caplog.clear()


def test_a_record_that_can_not_be_kept_refuses_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    emitter = PacketEmitter(sender_setup(), [TruthFile(folder / "truth.h5")])
    shutil.rmtree(folder)
    with pytest.raises(DetectorError, match=r"can't keep its record.*truth\.h5"):
        emitter.start(acquisition(((Destination("127.0.0.1", 9),),), 1))
    assert emitter.state == "idle"
    emitter.stop()


def test_a_record_lost_during_the_acquisition_is_an_error_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The acquisition itself ends as usual, and another can follow."""
    folder = tmp_path / "gone"
    folder.mkdir()
    emitter = PacketEmitter(sender_setup(), [TruthFile(folder / "truth.h5")])
    emitter.start(acquisition(((Destination("127.0.0.1", 9),),), 1, wait_for_trigger=True))
    shutil.rmtree(folder)
    emitter.trigger()
    wait_until_idle(emitter)
    assert emitter.frames_sent == 1
    assert "acquisition 0: can't keep its record" in caplog.text
    caplog.clear()


def test_modules_with_a_delay_send_after_the_others() -> None:
    setup = sender_setup("JUNGFRAU", 2)
    clock, arrivals = FakeClock(), []
    timing = EmitterClock(clock, lambda duration_s: clock.wait(duration_s or 0.0))
    with PacketListener(2, 1) as listener:
        emitter = PacketEmitter(setup, clock=timing)
        asked = acquisition(
            listener.destinations, 2, transmission_delay_s=(0.003, 0.0), period_s=0.01
        )
        emitter.start(asked)
        packets = listener.wait_for(4 * 128)
        wait_until_idle(emitter)
        arrivals = [packet.header.frame_number for packet in packets if packet.module == 0]
    assert arrivals == [1] * 128 + [2] * 128
    assert clock.now == pytest.approx(0.013), "the last module waits 3 ms after the last frame"


@pytest.mark.parametrize(("at_once", "first"), [(1, [0, 64, 128, 192, 1]), (3, [0, 1, 2, 64, 65])])
def test_ports_send_in_parallel(at_once: int, first: list[int]) -> None:
    """Packet by packet, or some packets at once."""
    table = packet_table(
        packet_layout(None, 2), acquisition(((Destination("127.0.0.1", 9),) * 2,) * 2, 1)
    )
    order = sending_order(table, np.zeros(2), at_once)
    assert order[:5].tolist() == first
    assert sorted(order) == list(range(256))


def test_modules_that_wait_come_last() -> None:
    table = packet_table(packet_layout(None), acquisition(((Destination("127.0.0.1", 9),),) * 3, 1))
    order = sending_order(table, np.array([0.2, 0.0, 0.1]))
    assert order[[0, 128, 256]].tolist() == [128, 256, 0]
