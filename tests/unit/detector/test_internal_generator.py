"""The internal generator cycles through what was stored."""

import numpy as np
import pytest

from jfjoch.detector.internal_generator import InternalGenerator
from jfjoch.errors import InvalidInput
from jfjoch.model.eiger_counter import EigerCounter, ReadoutBits
from tests.helpers.fake_clock import FakeClock
from tests.helpers.frame_list import FrameList
from tests.helpers.frame_plans import frame_plan

SHAPE = (1, 512, 1024)


def random_frame(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 0x10000, SHAPE, np.uint16)


def frames_of_run(generator: InternalGenerator, **changed: object) -> list[np.ndarray]:
    plan = frame_plan(origin="internal_generator", **changed)
    slots = FrameList(1, dtype=plan.frame_dtype)
    generator.start(plan)
    while generator.step(slots):
        pass
    return slots.frames


def test_frames_repeat_and_missing_ones_are_zero() -> None:
    """B085."""
    generator = InternalGenerator(1)
    stored = {0: random_frame(0), 1: np.zeros(SHAPE, np.uint16), 2: random_frame(2)}
    for frame_id in (0, 2):
        generator.store(frame_id, stored[frame_id])
    frames = frames_of_run(generator, frame_count=7, stored_frame_count=3)
    for number, frame in enumerate(frames):
        np.testing.assert_array_equal(frame, stored[number % 3])
    assert len(frames) == 7


@pytest.mark.parametrize(("bits", "highest"), [(8, 255), (16, 65535), (32, 65535)])
def test_frames_of_an_eiger_have_the_depth_of_the_run(bits: ReadoutBits, highest: int) -> None:
    """Counts of 16 bit in a counter of 8 stop at its end; in 32 bit they stay as they are."""
    generator = InternalGenerator(1)
    stored = random_frame(3)
    generator.store(0, stored)
    counter = EigerCounter(bits)
    first, missing = frames_of_run(generator, frame_count=2, stored_frame_count=2, counter=counter)
    assert first.dtype == f"uint{max(16, bits)}"
    np.testing.assert_array_equal(first, np.minimum(stored, highest))
    assert not missing.any()


def test_last_id_and_a_later_upload() -> None:
    generator = InternalGenerator(1)
    generator.store(63, random_frame(1))
    newer = random_frame(2)
    generator.store(63, newer)
    np.testing.assert_array_equal(
        frames_of_run(generator, frame_count=64, stored_frame_count=64)[63], newer
    )


def test_a_stored_frame_is_a_copy() -> None:
    generator = InternalGenerator(1)
    frame = np.ones(SHAPE, np.uint16)
    generator.store(0, frame)
    frame.fill(2)
    assert (frames_of_run(generator, frame_count=1)[0] == 1).all()


@pytest.mark.parametrize("frame_id", [-1, 64, 127])
def test_id_out_of_range(frame_id: int) -> None:
    """B131."""
    with pytest.raises(InvalidInput, match=f"image {frame_id} does not exist; give an id of 0 to"):
        InternalGenerator(1).store(frame_id, random_frame(0))


@pytest.mark.parametrize(
    "frame", [np.zeros((2, 512, 1024), np.uint16), np.zeros(SHAPE, np.int32), np.zeros(0)]
)
def test_a_refused_frame_changes_nothing(frame: np.ndarray) -> None:
    generator = InternalGenerator(1)
    stored = random_frame(4)
    generator.store(0, stored)
    with pytest.raises(InvalidInput, match=r"expected uint16 \[1, 512, 1024\]"):
        generator.store(0, frame)
    np.testing.assert_array_equal(frames_of_run(generator, frame_count=1)[0], stored)


def test_it_runs_at_once_and_knows_no_trigger() -> None:
    generator = InternalGenerator(1)
    changed = {"wait_for_trigger": True, "frames_per_trigger": 2, "frame_count": 4}
    assert len(frames_of_run(generator, **changed)) == 4
    generator.start(frame_plan(**changed))
    slots = FrameList(1)
    generator.step(slots)
    generator.trigger()
    while generator.step(slots):
        pass
    assert len(slots.frames) == 4


def test_it_is_paced() -> None:
    clock = FakeClock()
    generator = InternalGenerator(1, clock, clock.wait)
    assert len(frames_of_run(generator, paced=True, frame_time_s=0.02)) == 10
    assert clock.now == pytest.approx(9 * 0.02)


def test_stop() -> None:
    generator = InternalGenerator(1)
    generator.start(frame_plan())
    generator.stop()
    assert not generator.step(FrameList(1))
