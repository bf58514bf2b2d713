"""Pulses of a run's images, whenever they come (B146, B147)."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from jfjoch.receiver.pulse_record import PulseRecord
from tests.helpers.writer_messages import image_message, start_message

IMAGE = image_message(0, start_message())


def add(record: PulseRecord, image: int, pulse: int | None, event: int | None) -> None:
    record.image_finished(
        replace(IMAGE, image_id=0, original_image_id=image, pulse_id=pulse, event_code=event)
    )


def test_what_has_not_come_is_minus_one() -> None:
    record = PulseRecord(5)
    assert record.pulse_ids().tolist() == record.event_codes().tolist() == [-1] * 5
    add(record, 3, 2**40, 7)
    add(record, 0, 12, None)
    assert record.pulse_ids().tolist() == [12, -1, -1, 2**40, -1]
    assert record.event_codes().tolist() == [-1, -1, -1, 7, -1]


@pytest.mark.parametrize("beyond", [5, -1])
def test_images_beyond_the_run_are_not_of_it(beyond: int) -> None:
    record = PulseRecord(5)
    add(record, beyond, 1, 1)
    assert record.pulse_ids().tolist() == [-1] * 5


def test_memory_follows_the_images() -> None:
    """Images that were asked for take none before they come."""
    record = PulseRecord(10**6)
    for image in range(3000):
        add(record, image, image, 1)
    assert record.memory_bytes <= 3000 * 2 * 16
    whole = record.pulse_ids()
    assert len(whole) == 10**6
    np.testing.assert_array_equal(whole[:3001], [*range(3000), -1])


def test_workers_add_at_the_same_time() -> None:
    record = PulseRecord(4000)

    def work(first: int) -> None:
        for image in range(first, 4000, 4):
            add(record, image, image + 10, image % 3)

    threads = [threading.Thread(target=work, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_array_equal(record.pulse_ids(), np.arange(4000) + 10)
    np.testing.assert_array_equal(record.event_codes(), np.arange(4000) % 3)
