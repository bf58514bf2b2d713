"""The image stream itself, taken by an independent receiver instead of the writer.

A plain ZeroMQ PULL socket, a CBOR tag decoder written for the tests, and DECTRIS' own
decompression; nothing of the package under test.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import zmq

from tests.helpers.broker_client import BrokerClient, expect_ok
from tests.helpers.cbor_tags import decode
from tests.helpers.configurations import dataset
from tests.helpers.real_module import JungfrauModule
from tests.helpers.real_module_broker import frames_of_image, running_real_module

pytest.importorskip(
    "dectris.compression",
    reason="the DECTRIS decoder is not installed (source only: it needs a C compiler)",
)
_RECEIVE_TIMEOUT_MS = 20_000
_KINDS_WITHOUT_CALIBRATION = {"start", "image", "end"}


class Listener(NamedTuple):
    """Client of the broker, and a socket in the place of the writer's."""

    client: BrokerClient
    socket: "zmq.Socket[bytes]"

    def messages_of(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        """Carry out a run; its messages from start to end, calibration left out."""
        self.client.start(body)
        messages = [decode(self.socket.recv())]
        while messages[-1]["type"] != "end":
            messages.append(decode(self.socket.recv()))
        assert self.client.wait_till_done() == 200
        return [m for m in messages if m["type"] in _KINDS_WITHOUT_CALIBRATION]


@pytest.fixture(scope="module")
def listener(
    real_module: JungfrauModule, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Listener]:
    """Without a notification socket: nobody is asked what was written."""
    directory: Path = tmp_path_factory.mktemp("stream")
    with (
        running_real_module(real_module, directory, notification_address=None) as (broker, setup),
        zmq.Context() as context,
        context.socket(zmq.PULL) as socket,
    ):
        socket.rcvtimeo = _RECEIVE_TIMEOUT_MS
        socket.linger = 0
        socket.connect(setup.image_address)
        yield Listener(broker.client, socket)


def _assert_every_pixel(
    messages: list[dict[str, Any]], module: JungfrauModule, frames_per_image: int
) -> None:
    for message in messages:
        array = message["data"]["default"]
        assert array.shape == (514, 1030)
        assert array.algorithm == "bslz4"
        image = array.pixels()
        frames = frames_of_image(message["original_image_id"], frames_per_image)
        expected = module.image(frames, image.dtype.name)
        assert expected.wrong_pixels(image) == 0, message["image_id"]


@pytest.mark.parametrize(
    ("bits", "images", "frames_per_image"), [(16, 100, 1), (32, 100, 1), (32, 25, 4)]
)
def test_every_pixel_of_the_stream_is_right(
    listener: Listener,
    real_module: JungfrauModule,
    bits: int,
    images: int,
    frames_per_image: int,
) -> None:
    """B104, B106: image i shows stored frame i mod 10, or the sum of the next four."""
    expect_ok(listener.client.update("/config/image_format", bit_depth_image=bits))
    body = dataset("stream", images, image_time_us=1000 * frames_per_image)
    start, *sent, end = listener.messages_of(body)
    assert start["image_dtype"] == f"int{bits}"
    assert start["number_of_images"] == images
    assert sorted(message["image_id"] for message in sent) == list(range(images))
    _assert_every_pixel(sent, real_module, frames_per_image)
    assert end["images_sent_to_write"] == end["max_image_number"] == images
    assert end["data_collection_efficiency"] == 1.0
    assert not end["cancelled"]


def test_metadata_say_what_the_run_is(listener: Listener) -> None:
    """B042-B044, B046, B048, B060-B062: units of the stream are SI, energies eV."""
    body = dataset(
        "meta/data",
        2,
        images_per_file=5,
        sample_name="lysozyme",
        run_number=4711,
        run_name="a name",
        experiment_group="p00001",
        goniometer={"name": "phi", "step": 0.1, "start": 20.0, "vector": [0, 1, 0]},
        header_appendix={"key": [1, "two"]},
        image_appendix="of every image",
    )
    start, first, second, end = listener.messages_of(body)
    for message in (start, first, second, end):
        assert message["series_id"] == 4711
        assert message["series_unique_id"] == "a name"
    assert (start["image_size_x"], start["image_size_y"]) == (1030, 514)
    assert (start["beam_center_x"], start["beam_center_y"]) == (515.0, 257.0)
    assert start["detector_distance"] == pytest.approx(0.15)
    assert start["incident_energy"] == pytest.approx(12_400.0)
    assert start["incident_wavelength"] == pytest.approx(12.39842 / 12.4, rel=1e-6)
    assert start["pixel_size_x"] == start["pixel_size_y"] == pytest.approx(75e-6)
    assert start["frame_time"] == pytest.approx(1e-3)
    assert start["count_time"] == pytest.approx(0.98e-3)
    assert start["channels"] == ["default"]
    assert start["pixel_mask"]["default"].pixels().shape == (514, 1030)
    assert start["goniometer"]["phi"]["increment"] == pytest.approx(0.1)
    assert start["goniometer"]["phi"]["start"] == pytest.approx(20.0)
    user_data = start["user_data"]
    assert user_data["file_prefix"] == "meta/data"
    assert user_data["images_per_file"] == 5
    assert user_data["sample_name"] == "lysozyme"
    assert user_data["experiment_group"] == "p00001"
    assert user_data["user"] == {"key": [1, "two"]}
    assert first["user_data"] == second["user_data"] == "of every image"


def test_a_run_without_file_prefix_sends_nothing(listener: Listener) -> None:
    """B045: the next message on the socket is the start of the next run."""
    listener.client.measure(dataset("", 3))
    start, *_ = listener.messages_of(dataset("next", 1))
    assert start["user_data"]["file_prefix"] == "next"
