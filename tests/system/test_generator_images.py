"""Frames a user stores in the internal generator, and what comes out of raw runs."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from tests.helpers.broker_client import BrokerClient, expect_ok
from tests.helpers.configurations import Setup, dataset
from tests.helpers.real_module import extended
from tests.helpers.saved_run import saved_images
from tests.helpers.services import running_broker, running_writer


class Facility(NamedTuple):
    """Broker and writer."""

    client: BrokerClient
    files: Path


@pytest.fixture(scope="module")
def facility(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Facility]:
    directory = tmp_path_factory.mktemp("generator")
    settings = {"internal_frame_generator": True, "internal_frame_generator_images": 2}
    setup = Setup(module_count=1, detector_settings=settings)
    with (
        running_broker(setup.configuration(), directory) as broker,
        running_writer(setup.image_address, directory / "files"),
    ):
        broker.client.initialize()
        yield Facility(broker.client, directory / "files")


def _upload(client: BrokerClient, image_id: int, pixels: np.ndarray) -> None:
    path = f"/config/internal_generator_image?id={image_id}"
    expect_ok(client.put_bytes(path, pixels.tobytes(), "application/octet-stream"))


def _random_words(shape: tuple[int, ...], seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**16, shape, "<u2")


def test_raw_runs_store_the_words_as_they_came(facility: Facility) -> None:
    """B113, B115, B128: gain bits, 0xC000 and all; a frame never uploaded is zeros."""
    client, files = facility
    expect_ok(client.post("/config/image_format/raw"))
    frame = _random_words((512, 1024), seed=1)
    frame[0, :3] = 0xC000, 0xFFFF, 0x4000
    _upload(client, 0, frame)
    client.measure(dataset("raw", 3))
    images = saved_images(files / "raw_master.h5")
    assert images.dtype == np.uint16
    assert np.array_equal(images, [frame, np.zeros_like(frame), frame])


def test_an_image_of_converted_size_comes_back_as_it_was(facility: Facility) -> None:
    """B128: parts of a multipixel are added on the way in and divided on the way out."""
    client, files = facility
    expect_ok(client.post("/config/image_format/raw"))
    expect_ok(client.update("/config/image_format", geometry_transform=True))
    # Equal parts, small enough for their sum to fit into 16 bits.
    image = extended(_random_words((512, 1024), seed=2) // 4)[::-1]
    _upload(client, 0, image)
    client.measure(dataset("converted", 1))
    assert np.array_equal(saved_images(files / "converted_master.h5")[0], image)


@pytest.mark.parametrize("path", ["/config/internal_generator_image?id=0"])
@pytest.mark.parametrize("size", [0, 1, 2 * 512 * 1024 - 2, 2 * 514 * 1030 + 2])
def test_a_wrong_size_is_refused(facility: Facility, path: str, size: int) -> None:
    """B130: the answer names what came and both sizes that fit."""
    answer = facility.client.put_bytes(path, bytes(size), "application/octet-stream")
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/plain")
    for number in ("512", "1024", "514", "1030"):
        assert number in answer.text
    assert str(size) in answer.text or size == 0


@pytest.mark.parametrize("image_id", ["-1", "64", "127", "128", "1000000000000000000000", "two"])
@pytest.mark.parametrize("suffix", ["", ".tiff"])
def test_a_wrong_id_is_refused(facility: Facility, image_id: str, suffix: str) -> None:
    """B130, B131: ids run from 0 to 63."""
    path = f"/config/internal_generator_image{suffix}?id={image_id}"
    answer = facility.client.put_bytes(path, bytes(2 * 512 * 1024), "application/octet-stream")
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/plain")
    assert "id" in answer.text


@pytest.mark.parametrize("body", [b"", b"II*\0", b"no TIFF at all", b"II*\0" + bytes(1000)])
def test_a_broken_tiff_is_refused(facility: Facility, body: bytes) -> None:
    """B130."""
    path = "/config/internal_generator_image.tiff"
    answer = facility.client.put_bytes(path, body, "image/tiff")
    assert answer.status_code == 400
    assert "TIFF" in answer.text


def test_a_refused_upload_leaves_the_stored_frame(facility: Facility) -> None:
    """B130: nothing is half changed."""
    client, files = facility
    expect_ok(client.post("/config/image_format/raw"))
    frame = _random_words((512, 1024), seed=3)
    _upload(client, 0, frame)
    path = "/config/internal_generator_image?id=0"
    assert client.put_bytes(path, bytes(100), "application/octet-stream").status_code == 400
    client.measure(dataset("unharmed", 1))
    assert np.array_equal(saved_images(files / "unharmed_master.h5")[0], frame)


def test_uploads_need_idle(facility: Facility) -> None:
    """B130: a wrong state is 400 here, because the contract declares nothing else."""
    client = facility.client
    expect_ok(client.post("/deactivate"))
    path = "/config/internal_generator_image?id=0"
    answer = client.put_bytes(path, bytes(2 * 512 * 1024), "application/octet-stream")
    assert answer.status_code == 400
    assert "Idle" in answer.text
    client.initialize()
