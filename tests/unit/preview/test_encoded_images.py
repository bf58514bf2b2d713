"""Encoding once for everybody, in a thread of its own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from jfjoch.errors import OperationFailed
from jfjoch.preview.encoded_images import EncodedImages
from tests.helpers.service_process import wait_until

LONGEST_WAIT_S = 60


class Encoder:
    """Says what it was asked to make, and in which threads."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.threads: set[str] = set()
        self.gate = threading.Event()
        self.gate.set()
        self.begun = threading.Event()

    def __call__(self, name: str) -> Callable[[], bytes]:
        def encode() -> bytes:
            self.begun.set()
            assert self.gate.wait(LONGEST_WAIT_S)
            self.threads.add(threading.current_thread().name)
            self.made.append(name)
            if name.startswith("bad"):
                raise ValueError(name)
            return name.encode()

        return encode


@pytest.fixture
def images() -> Iterator[EncodedImages]:
    with closing(EncodedImages(limit=3)) as images:
        yield images


def test_fifty_who_ask_cost_one_encoding(images: EncodedImages) -> None:
    encoder = Encoder()
    encoder.gate.clear()
    waiting = [images.get("key", encoder("one")) for _ in range(50)]
    encoder.gate.set()
    assert {future.result(LONGEST_WAIT_S) for future in waiting} == {b"one"}
    assert images.get("key", encoder("two")).result(LONGEST_WAIT_S) == b"one"
    assert encoder.made == ["one"]


def test_the_one_asked_for_longest_ago_is_forgotten(images: EncodedImages) -> None:
    encoder = Encoder()
    for name in ("a", "b", "c", "a", "d", "a", "b"):
        assert images.get(name, encoder(name)).result(LONGEST_WAIT_S) == name.encode()
    assert encoder.made == ["a", "b", "c", "d", "b"]


def test_one_at_a_time_in_a_thread_of_its_own(images: EncodedImages) -> None:
    encoder = Encoder()
    for future in [images.get(name, encoder(name)) for name in "abcdefgh"]:
        future.result(LONGEST_WAIT_S)
    assert encoder.made == list("abcdefgh")
    assert len(encoder.threads) == 1
    assert encoder.threads != {threading.current_thread().name}


def test_a_failure_is_told_and_not_kept(images: EncodedImages) -> None:
    encoder = Encoder()
    with pytest.raises(ValueError, match="bad"):
        images.get("key", encoder("bad")).result(LONGEST_WAIT_S)
    assert images.get("key", encoder("good")).result(LONGEST_WAIT_S) == b"good"


def test_what_is_made_for_one_is_not_kept(images: EncodedImages) -> None:
    encoder = Encoder()
    for name in ("a", "a"):
        assert images.make(encoder(name)).result(LONGEST_WAIT_S) == b"a"
    assert encoder.made == ["a", "a"]


def refuses(images: EncodedImages) -> bool:
    try:
        images.make(bytes)
    except OperationFailed:
        return True
    return False


def test_close_lets_the_image_in_work_be_finished_and_refuses_those_that_wait() -> None:
    encoder = Encoder()
    images = EncodedImages()
    encoder.gate.clear()
    first, second = images.get("a", encoder("a")), images.get("b", encoder("b"))
    closer = threading.Thread(target=images.close)
    assert encoder.begun.wait(LONGEST_WAIT_S)
    closer.start()
    wait_until(lambda: refuses(images), "no image is taken any more")
    encoder.gate.set()
    closer.join(LONGEST_WAIT_S)
    assert not closer.is_alive()
    assert first.result(LONGEST_WAIT_S) == b"a"
    assert isinstance(second.exception(LONGEST_WAIT_S), OperationFailed)
    images.close()
    with pytest.raises(OperationFailed, match="shutting down"):
        images.get("c", encoder("c"))
    with pytest.raises(OperationFailed, match="shutting down"):
        images.make(encoder("c"))
