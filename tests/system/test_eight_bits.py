"""8-bit images of a JUNGFRAU: in the stream and in the files, pixel by pixel.

The frames are those of a real module, with every kind of special pixel planted in them; some
pixels count more than 8 bits can hold.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import pytest

from tests.helpers.broker_client import BrokerClient, expect_ok
from tests.helpers.configurations import Setup, dataset
from tests.helpers.real_module import JungfrauModule
from tests.helpers.real_module_broker import frames_of_image, running_real_module
from tests.helpers.saved_run import saved_images
from tests.helpers.services import running_writer
from tests.helpers.stream_listener import StreamListener, listening

IMAGES = 5
TYPES = {
    "int8": {"error": -128, "saturation": 126},
    "uint8": {"error": 255, "saturation": 254},
}


class Facility(NamedTuple):
    """Broker and writer, and where the files go."""

    client: BrokerClient
    files: Path


@pytest.fixture(scope="module")
def module(real_module: JungfrauModule) -> JungfrauModule:
    """Return the real module with special pixels."""
    return real_module.with_planted_specials()


@pytest.fixture(scope="module")
def facility(
    module: JungfrauModule, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Facility]:
    directory = tmp_path_factory.mktemp("files8")
    notification = Setup().notification_address
    with (
        running_real_module(module, directory, notification) as (broker, setup),
        running_writer(setup.image_address, directory / "files"),
    ):
        yield Facility(broker.client, directory / "files")


@pytest.fixture(scope="module")
def stream(
    module: JungfrauModule, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StreamListener]:
    directory = tmp_path_factory.mktemp("stream8")
    with (
        running_real_module(module, directory, notification_address=None) as (broker, setup),
        listening(broker.client, setup.image_address) as listener,
    ):
        yield listener


def _ask_for(client: BrokerClient, dtype: str, **more: Any) -> None:
    signed = dtype == "int8"
    changes = {"bit_depth_image": 8, "signed_output": signed, **more}
    expect_ok(client.update("/config/image_format", **changes))


def _assert_right(
    module: JungfrauModule, image: np.ndarray, number: int, frames_per_image: int
) -> None:
    """Every pixel is what 8 bits make of the photons; saturated ones are among them."""
    frames = frames_of_image(number, frames_per_image)
    assert module.image(frames, image.dtype.name).wrong_pixels(image) == 0, f"image {number}"
    assert np.count_nonzero(image == np.iinfo(image.dtype).max) > 10


@pytest.mark.parametrize(("compression", "frames_per_image"), [("bslz4", 1), ("bszstd_rle", 3)])
@pytest.mark.parametrize("dtype", TYPES)
def test_files(
    facility: Facility, module: JungfrauModule, dtype: str, compression: str, frames_per_image: int
) -> None:
    """B106, B107, B173: h5py reads them; depth 1 is no number the statistics may give."""
    _ask_for(facility.client, dtype)
    prefix = f"{dtype}_{compression}"
    body = dataset(prefix, IMAGES, image_time_us=1000 * frames_per_image, compression=compression)
    statistics = facility.client.measure(body)
    assert statistics["images_sent"] == IMAGES
    assert "detector_pixel_depth" not in statistics
    master = facility.files / f"{prefix}_master.h5"
    images = saved_images(master)
    assert images.dtype == dtype
    for number, image in enumerate(images):
        _assert_right(module, image, number, frames_per_image)
    _assert_file_tells_the_type(master, dtype)


def _assert_file_tells_the_type(master: Path, dtype: str) -> None:
    with h5py.File(master) as file:
        detector = file["/entry/instrument/detector"]
        assert detector["bit_depth_image"][()] == 8
        assert detector["bit_depth_readout"][()] == 16
        assert detector["error_value"][()] == TYPES[dtype]["error"]
        assert detector["saturation_value"][()] == TYPES[dtype]["saturation"]


@pytest.mark.parametrize("compression", ["bslz4", "bszstd", "none"])
@pytest.mark.parametrize("dtype", TYPES)
def test_stream(
    stream: StreamListener, module: JungfrauModule, dtype: str, compression: str
) -> None:
    """B049, B106, B107: DECTRIS' own decoder gives the same pixels."""
    if compression != "none":
        pytest.importorskip(
            "dectris.compression",
            reason="the DECTRIS decoder is not installed (source only: it needs a C compiler)",
        )
    _ask_for(stream.client, dtype)
    messages = stream.messages_of(dataset("stream", 2, compression=compression))
    start, images = messages[0], [m for m in messages if m["type"] == "image"]
    assert start["image_dtype"] == dtype
    assert start["saturation_value"] == TYPES[dtype]["saturation"]
    assert start["error_value"] == TYPES[dtype]["error"]
    assert len(images) == 2
    for message in images:
        array = message["data"]["default"]
        assert np.dtype(array.dtype) == dtype
        _assert_right(module, array.pixels(), message["image_id"], frames_per_image=1)


@pytest.mark.parametrize("dtype", TYPES)
def test_masked_pixels(facility: Facility, module: JungfrauModule, dtype: str) -> None:
    """B111: they hold the error value, and the others what they held."""
    _ask_for(facility.client, dtype, apply_mask=True)
    facility.client.measure(dataset(f"masked_{dtype}", 1))
    _ask_for(facility.client, dtype, apply_mask=False)
    with h5py.File(facility.files / f"masked_{dtype}_master.h5") as file:
        masked = file["/entry/instrument/detector/pixel_mask"][()] != 0
        image = file["/entry/data/data"][0]
    assert np.count_nonzero(masked) > 5000
    assert np.all(image[masked] == TYPES[dtype]["error"])
    expected = module.image([0], dtype)
    np.putmask(image, masked, expected.lowest.astype(dtype))
    assert expected.wrong_pixels(image) == 0
