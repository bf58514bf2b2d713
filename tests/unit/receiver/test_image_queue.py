"""What happens to an image when the queue to the sender is full."""

import threading

from jfjoch.receiver.image_queue import ImageQueue
from tests.helpers.writer_messages import image_message, start_message

IMAGES = [image_message(number, start_message()) for number in range(3)]


def full_queue(waits: bool) -> ImageQueue:
    queue = ImageQueue(2, waits)
    assert [queue.put(image) for image in IMAGES[:2]] == ["taken", "taken"]
    assert queue.free == 0
    return queue


def test_behind_a_source_that_waits_it_waits_for_room() -> None:
    queue = full_queue(waits=True)
    outcomes: list[str] = []
    waiting = threading.Thread(target=lambda: outcomes.append(queue.put(IMAGES[2])))
    waiting.start()
    assert queue.get(0.0) is IMAGES[0]
    waiting.join(30.0)
    assert outcomes == ["taken"]
    assert [queue.get(0.0), queue.get(0.0)] == IMAGES[1:]


def test_behind_a_source_that_does_not_wait_the_image_is_lost() -> None:
    """B172: those that came before keep their places."""
    queue = full_queue(waits=False)
    assert queue.put(IMAGES[2]) == "full"
    assert queue.get(0.0) is IMAGES[0]
    assert queue.put(IMAGES[2]) == "taken"
    assert [queue.get(0.0), queue.get(0.0)] == IMAGES[1:]
    assert queue.get(0.0) is None


def test_giving_up_ends_the_wait() -> None:
    queue = full_queue(waits=True)
    outcomes: list[str] = []
    waiting = threading.Thread(target=lambda: outcomes.append(queue.put(IMAGES[2])))
    waiting.start()
    queue.give_up()
    waiting.join(30.0)
    assert outcomes == ["given up"]


def test_a_queue_that_was_given_up_takes_nothing() -> None:
    for waits in (True, False):
        queue = ImageQueue(2, waits)
        queue.give_up()
        assert queue.put(IMAGES[0]) == "given up"
        assert queue.get(0.0) is None
