"""Frames from packets on real sockets: in any order, with any of them missing."""

import numpy as np
import pytest

from jfjoch.detector.packets.addressing import ModuleAddress
from jfjoch.detector.packets.header import HEADER_BYTES
from jfjoch.detector.packets.layout import packet_layout
from jfjoch.detector.udp.udp_source import UdpSource
from jfjoch.errors import DetectorError
from jfjoch.model.plan import FramePlan
from tests.helpers.frame_plans import frame_plan
from tests.helpers.obedient_control import ObedientControl
from tests.helpers.packet_reception import LAYOUTS, RECEIVER, frame_dtype, reception
from tests.helpers.packet_wire import random_frames
from tests.helpers.ports import free_udp_ports


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("receivers", [1, 2])
def test_pixels_are_where_the_detector_had_them(name: str, receivers: int) -> None:
    layout = LAYOUTS[name]
    frames = random_frames(5, 2, layout.dtype.name)
    with reception(layout, receivers=receivers, frame_count=5) as r:
        for number, frame in enumerate(frames):
            r.wire.send(r.wire.packets(number, frame))
            r.step_until(number + 1)
        assert not r.source.step(r.slots)
        for number, frame in enumerate(frames):
            assert np.array_equal(r.slots.frames[number], frame)
            info = r.slots.infos[number]
            assert info.packets_received == info.packets_expected == 2 * layout.packets_per_module
        assert r.control.told == ["prepare", "start"]


@pytest.mark.parametrize("name", LAYOUTS)
def test_packets_may_come_in_any_order_within_two_frames(name: str) -> None:
    layout = LAYOUTS[name]
    frames = random_frames(6, 2, layout.dtype.name)
    rng = np.random.default_rng(2)
    with reception(layout, frame_count=6) as r:
        for pair in range(0, 6, 2):
            packets = r.wire.packets(pair, frames[pair]) + r.wire.packets(
                pair + 1, frames[pair + 1]
            )
            r.wire.send([packets[place] for place in rng.permutation(len(packets))])
            r.step_until(pair + 2)
        assert r.slots.order == list(range(6))
        for number, frame in enumerate(frames):
            assert np.array_equal(r.slots.frames[number], frame)


@pytest.mark.parametrize("name", LAYOUTS)
def test_missing_packets_leave_the_value_for_that_and_are_counted(name: str) -> None:
    layout = LAYOUTS[name]
    frames = random_frames(8, 2, layout.dtype.name) & 0x7F  # no pixel has all bits
    rng = np.random.default_rng(3)
    with reception(layout, frame_count=8) as r:
        sent = []
        for number, frame in enumerate(frames):
            packets = r.wire.packets(number, frame)
            kept = rng.random(len(packets)) > 0.2
            sent.append(int(kept.sum()))
            r.wire.send(packet for packet, keep in zip(packets, kept, strict=True) if keep)
        r.control.idle = True
        r.step_to_the_end()
        for number, frame in enumerate(frames):
            got, info = r.slots.frames[number], r.slots.infos[number]
            assert info.packets_received == sent[number]
            missing = got == np.iinfo(frame_dtype(layout)).max
            assert np.array_equal(got[~missing], frame[~missing])
            pixels = layout.rows_per_packet * layout.columns
            assert missing.sum() == (info.packets_expected - sent[number]) * pixels


def test_duplicates_count_once() -> None:
    layout = LAYOUTS["JUNGFRAU"]
    frames = random_frames(3, 2, "uint16")
    with reception(layout, frame_count=3) as r:
        for number, frame in enumerate(frames[:2]):
            r.wire.send(r.wire.packets(number, frame) * 2)
        r.step_until(2)
        r.wire.send(r.wire.packets(2, frames[2]))
        r.step_to_the_end()
        counts = r.source.reports()[0].counts
        assert (counts.accepted, counts.duplicate, counts.total) == (768, 512, 1280)
        assert all(info.packets_received == 256 for info in r.slots.infos.values())


def test_foreign_packets_are_counted_and_change_nothing() -> None:
    layout = LAYOUTS["JUNGFRAU"]
    (frame,) = random_frames(1, 2, "uint16")
    with reception(layout, frame_count=1) as r:
        good = r.wire.packets(0, frame)
        to, packet = good[0]
        strange = [
            (to, b""),
            (to, b"x"),
            (to, packet[:HEADER_BYTES]),
            (to, packet[:-1]),
            (to, packet + b"\0"),
            (to, b"\xff" * len(packet)),
            *r.wire.packets(0, frame, detector_type=1)[:1],
            *r.wire.packets(0, frame, version=1)[:1],
            *r.wire.packets(0, frame, packet_number=128)[:1],
            *r.wire.packets(0, frame, packet_number=2**32 - 1)[:1],
            *r.wire.packets(-1, frame)[:1],
            *r.wire.packets(1, frame)[:1],
            *r.wire.packets(2**64 - 2, frame)[:1],
        ]
        r.wire.send(strange + good)
        r.step_to_the_end()
        assert np.array_equal(r.slots.frames[0], frame)
        assert r.source.reports()[0].counts.foreign == len(strange)


def test_frames_without_packets_are_lost_whatever_their_number() -> None:
    layout = LAYOUTS["EIGER 8 bit"]
    frames = random_frames(2, 2, "uint8")
    with reception(layout, frame_count=100) as r:
        r.wire.send(r.wire.packets(3, frames[0]))
        r.step_until(0)
        r.wire.send(r.wire.packets(90, frames[1]))
        r.control.idle = True
        r.step_to_the_end()
        assert sorted(r.slots.frames) == [3, 90]
        assert sorted(r.slots.lost) == [f for f in range(100) if f not in (3, 90)]
        assert r.slots.order == list(range(100))


@pytest.mark.parametrize("receivers", [1, 2])
def test_a_module_that_dies_holds_nothing_up(receivers: int) -> None:
    layout = LAYOUTS["JUNGFRAU"]
    frames = random_frames(40, 2, "uint16") & 0x3FFF
    with reception(layout, receivers=receivers, frame_count=40) as r:
        for number, frame in enumerate(frames):
            packets = r.wire.packets(number, frame)
            r.wire.send(packets if number < 5 else packets[: len(packets) // 2])
            r.step_until(number - 2)
        r.control.idle = True
        r.step_to_the_end()
        assert sorted(r.slots.frames) == list(range(40))
        assert (r.slots.frames[20][1] == 0xFFFF).all()
        assert np.array_equal(r.slots.frames[20][0], frames[20][0])
        assert r.slots.infos[20].packets_received == 128


def test_without_room_frames_are_lost_and_later_ones_are_not() -> None:
    layout = LAYOUTS["JUNGFRAU"]
    frames = random_frames(60, 1, "uint16")
    with reception(layout, modules=1, frame_count=60) as r:
        r.slots.room = 10
        for number, frame in enumerate(frames[:40]):
            r.wire.send(r.wire.packets(number, frame))
            r.step_until(number - 2)
        r.slots.room = 100
        for number, frame in enumerate(frames[40:], 40):
            r.wire.send(r.wire.packets(number, frame))
            r.step_until(number - 2)
        r.control.idle = True
        r.step_to_the_end()
        assert list(range(10)) == sorted(r.slots.frames)[:10]
        assert set(range(44, 60)) <= set(r.slots.frames)
        assert r.source.reports()[0].counts.no_room > 0
        for number, frame in r.slots.frames.items():
            if r.slots.infos[number].packets_received == 128:
                assert np.array_equal(frame, frames[number])


def test_a_late_packet_is_counted_and_does_not_touch_the_frame() -> None:
    layout = LAYOUTS["JUNGFRAU"]
    frames = random_frames(6, 1, "uint16")
    with reception(layout, modules=1, frame_count=6) as r:
        late = r.wire.packets(0, frames[0])[0]
        r.wire.send(r.wire.packets(0, frames[0])[1:])
        for number in (1, 2, 3):
            r.wire.send(r.wire.packets(number, frames[number]))
        r.step_until(4)
        r.wire.send([late])
        for number in (4, 5):
            r.wire.send(r.wire.packets(number, frames[number]))
        r.step_to_the_end()
        assert (r.slots.frames[0][0, :4] == 0xFFFF).all()
        assert r.source.reports()[0].counts.late == 1


def test_pulse_event_and_storage_cell_come_from_the_header() -> None:
    layout = LAYOUTS["JUNGFRAU"]
    frames = random_frames(2, 1, "uint16")
    plan = {"frame_count": 2, "pulsed": True, "storage_cell_count": 2, "first_storage_cell": 3}
    with reception(layout, modules=1, **plan) as r:
        header = {"pulse_id": 2**40 + 5, "status_bits": 7 << 16 | 4 << 8}
        r.wire.send(r.wire.packets(0, frames[0], **header))
        r.wire.send(r.wire.packets(1, frames[1], status_bits=3 << 8))
        r.step_to_the_end()
        info = r.slots.infos[0]
        assert (info.pulse_id, info.event_code, info.storage_cell) == (2**40 + 5, 7, 4)
        assert r.slots.infos[1].storage_cell == 3


def test_headers_that_name_no_storage_cell_leave_it_to_the_count() -> None:
    layout = LAYOUTS["JUNGFRAU"]
    frames = random_frames(4, 1, "uint16")
    with reception(layout, modules=1, frame_count=4, storage_cell_count=2) as r:
        for number, frame in enumerate(frames):
            r.wire.send(r.wire.packets(number, frame))
        r.step_to_the_end()
        assert [r.slots.infos[number].storage_cell for number in range(4)] == [0, 1, 0, 1]


def test_stop_ends_the_run_and_frees_the_ports() -> None:
    layout = LAYOUTS["JUNGFRAU"]
    with reception(layout, frame_count=10) as r:
        assert r.source.step(r.slots)
        r.source.stop()
        assert not r.source.step(r.slots)
        assert r.control.told == ["prepare", "start", "stop"]
        r.source.start(frame_plan(module_count=2))
        assert r.source.step(r.slots)


def test_a_port_in_use_is_named() -> None:
    layout = LAYOUTS["JUNGFRAU"]
    with reception(layout) as r:
        other = UdpSource(RECEIVER, r.source._addresses, 1, ObedientControl())
        with pytest.raises(DetectorError, match="in use"):
            other.start(frame_plan(module_count=2))


def test_an_address_of_another_machine_is_named() -> None:
    address = ModuleAddress(0, 0, "192.0.2.1", 8192)
    source = UdpSource(RECEIVER, [address], 1, ObedientControl())
    with pytest.raises(DetectorError, match=r"192\.0\.2\.1"):
        source.start(frame_plan())


def test_a_detector_that_can_not_be_prepared_leaves_the_ports_free() -> None:
    class Refusing(ObedientControl):
        def prepare(self, plan: FramePlan) -> None:
            raise DetectorError("no")

    address = ModuleAddress(0, 0, "127.0.0.1", free_udp_ports(2))
    with pytest.raises(DetectorError, match="no"):
        UdpSource(RECEIVER, [address], 1, Refusing()).start(frame_plan())
    source = UdpSource(RECEIVER, [address], 1, ObedientControl())
    source.start(frame_plan())
    source.stop()


def test_packets_the_system_had_no_room_for_are_counted() -> None:
    layout = LAYOUTS["JUNGFRAU"]
    sent = 60_000
    with reception(layout, modules=1, frame_count=2) as r:
        packets = r.wire.packets(0, random_frames(1, 1, "uint16")[0])
        for number in range(sent):
            r.wire.send([packets[number % 128]])
        r.control.idle = True
        r.step_to_the_end()
        counts = r.source.reports()[0].counts
        assert counts.overflowed > 0
        assert counts.total + counts.overflowed == sent
        assert counts.accepted == 128


def test_detector_that_takes_no_trigger_ends_the_run() -> None:
    """B072: the request for the trigger itself does not fail."""
    with reception(packet_layout(None, 1), modules=1, wait_for_trigger=True) as r:
        r.control.disobeys = True
        r.source.trigger()
        with pytest.raises(DetectorError, match="no trigger"):
            r.source.step(r.slots)
        r.control.disobeys = False


def test_a_detector_that_ends_long_before_its_time_ends_the_run(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Frames that were never sent are not lost one by one, which would take long."""
    layout = LAYOUTS["JUNGFRAU"]
    frames = random_frames(2, 1, "uint16")
    with reception(layout, modules=1, frame_count=10**8) as r:
        r.wire.send(r.wire.packets(0, frames[0]))
        r.wire.send(r.wire.packets(1, frames[1])[1:])
        r.control.idle = True
        r.step_to_the_end()
        assert sorted(r.slots.frames) == [0, 1]
        assert r.slots.infos[1].packets_received == 127
        assert f"ended {10**8 - 2} frames early" in caplog.text


def test_thousands_of_lost_frames_at_the_end_are_counted() -> None:
    layout = LAYOUTS["EIGER 8 bit"]
    (frame,) = random_frames(1, 1, "uint8")
    with reception(layout, modules=1, frame_count=5000) as r:
        r.wire.send(r.wire.packets(0, frame))
        r.control.idle = True
        for _ in range(4000):
            if not r.source.step(r.slots):
                break
        assert sorted(r.slots.lost) == list(range(1, 5000))


def test_a_wrong_frame_number_does_not_end_the_frames_before_it() -> None:
    """Though the packet is all right else: one alone is not believed."""
    layout = LAYOUTS["JUNGFRAU"]
    frames = random_frames(30, 2, "uint16")
    with reception(layout, frame_count=1000) as r:
        for number, frame in enumerate(frames):
            if number % 10 == 5:
                r.wire.send(r.wire.packets(900 - number, frame)[:1])
            r.wire.send(r.wire.packets(number, frame))
            r.step_until(number + 1)
        assert r.source.reports()[0].counts.foreign == 3
        for number, frame in enumerate(frames):
            assert np.array_equal(r.slots.frames[number], frame)


def test_frames_go_on_after_a_long_time_without_packets() -> None:
    """It costs one packet of each port."""
    layout = LAYOUTS["JUNGFRAU"]
    frames = random_frames(2, 2, "uint16")
    with reception(layout, frame_count=500) as r:
        for number, frame in zip((400, 401), frames, strict=True):
            r.wire.send(r.wire.packets(number, frame))
        r.control.idle = True
        r.step_to_the_end()
        assert r.slots.infos[400].packets_received == 2 * 127
        assert np.array_equal(r.slots.frames[401], frames[1])
        assert len(r.slots.lost) == 498
