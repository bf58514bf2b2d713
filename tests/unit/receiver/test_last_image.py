"""Which image is shown when."""

from dataclasses import replace

import pytest

from jfjoch.messages.image import CompressedImage, ImageMessage
from jfjoch.messages.start import StartMessage
from jfjoch.receiver.last_image import KeptImage, LastImage
from tests.helpers.fake_clock import FakeClock
from tests.helpers.writer_messages import end_message, image_message, start_message

FIRST, SECOND = start_message(), start_message(run_number=2)


def image(image_id: int, start: StartMessage = FIRST) -> ImageMessage:
    return image_message(image_id, start)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def last(clock: FakeClock) -> LastImage:
    """In a run of which no image has come yet."""
    last = LastImage(clock)
    last.run_started(FIRST)
    return last


def shown(last: LastImage) -> KeptImage:
    kept = last.shown()
    assert kept is not None
    return kept


def shown_id(last: LastImage) -> int:
    return shown(last).image.image_id


def test_nothing_before_the_first_image(last: LastImage) -> None:
    """B176: 404 then."""
    assert LastImage().shown() is None
    assert last.shown() is None
    last.run_ended(end_message(FIRST, 0))
    assert last.shown() is None


def test_the_first_at_once_then_one_a_second(last: LastImage, clock: FakeClock) -> None:
    """B181."""
    last.image_finished(image(0))
    assert shown_id(last) == 0
    for image_id in range(1, 11):
        clock.wait(0.0999)
        last.image_finished(image(image_id))
        assert shown_id(last) == 0
    clock.wait(0.01)
    assert shown_id(last) == 10
    last.image_finished(image(11))
    clock.wait(0.99)
    assert shown_id(last) == 10
    clock.wait(0.01)
    assert shown_id(last) == 11


def test_an_image_that_waited_for_its_second_needs_no_other_one_to_be_shown(
    last: LastImage, clock: FakeClock
) -> None:
    """A run that waits for a trigger shows its newest image."""
    last.image_finished(image(0))
    assert shown_id(last) == 0
    last.image_finished(image(1))
    clock.wait(1.0)
    assert shown_id(last) == 1


def test_newest_is_the_highest_number(last: LastImage, clock: FakeClock) -> None:
    """Workers finish in any order."""
    for image_id in (3, 5, 4):
        last.image_finished(image(image_id))
    assert shown_id(last) == 5


def test_the_last_of_a_run_at_once(last: LastImage, clock: FakeClock) -> None:
    last.image_finished(image(0))
    assert shown_id(last) == 0
    last.image_finished(image(1))
    assert shown_id(last) == 0
    last.run_ended(end_message(FIRST, 2))
    assert shown_id(last) == 1


def test_kept_until_the_next_runs_first_image(last: LastImage, clock: FakeClock) -> None:
    """Whatever its number; and it comes with its own start message."""
    last.image_finished(image(7))
    last.run_ended(end_message(FIRST, 8))
    before = shown(last)
    last.run_started(SECOND)
    assert shown(last) is before
    assert before.start is FIRST
    last.image_finished(image(0, SECOND))
    after = shown(last)
    assert (after.image.image_id, after.start.run_number) == (0, 2)
    assert after.number != before.number


def test_the_same_number_means_the_same_image(last: LastImage, clock: FakeClock) -> None:
    numbers = set()
    for image_id in range(5):
        last.image_finished(image(image_id))
        clock.wait(1.0)
        numbers.add(shown(last).number)
        assert shown(last).number in numbers
    assert len(numbers) == 5


def test_only_images_of_interest_are_kept(clock: FakeClock) -> None:
    """B177, show_indexed: none until one comes."""
    last = LastImage(clock, takes=lambda one: one.image_id % 10 == 3)
    last.run_started(FIRST)
    for image_id in range(3):
        last.image_finished(image(image_id))
    assert last.shown() is None
    for image_id in range(3, 15):
        last.image_finished(image(image_id))
    clock.wait(1.0)
    assert shown_id(last) == 13


@pytest.mark.parametrize("payload", [b"", b"no image at all"])
def test_taking_an_image_does_not_decompress_it(last: LastImage, payload: bytes) -> None:
    """A payload that can't be decompressed is taken and shown like any other."""
    damaged = CompressedImage(payload, "bslz4", "int16", 48, 64)
    message = replace(image(0), image=damaged)
    last.image_finished(message)
    assert shown(last).image is message
