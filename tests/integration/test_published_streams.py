"""Preview and metadata of real runs, read by real SUB sockets and an independent decoder."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import zmq

from tests.helpers.broker_client import BrokerClient, expect_ok
from tests.helpers.cbor_tags import decode
from tests.helpers.configurations import dataset
from tests.helpers.ports import free_tcp_port
from tests.helpers.real_broker import configuration, running_real_broker
from tests.helpers.subscriber import Subscriber, subscribed

PREVIEW = "/config/zeromq_preview"
METADATA = "/config/zeromq_metadata"
EVERY_IMAGE = {"enabled": True, "period_ms": 0}
OFTEN = {"enabled": True, "period_ms": 10}
SELDOM = {"enabled": True, "period_ms": 10**9}
OFF = {"enabled": False, "period_ms": 1000}
STORED = 4


class Streams(NamedTuple):
    """A broker, the writer's socket, and a subscriber of each stream."""

    client: BrokerClient
    writer: "zmq.Socket[bytes]"
    preview: Subscriber
    metadata: Subscriber

    def publish(self, preview: dict[str, Any], metadata: dict[str, Any]) -> None:
        """Change the settings of both."""
        expect_ok(self.client.put(PREVIEW, preview))
        expect_ok(self.client.put(METADATA, metadata))

    def written(self) -> dict[int, bytes]:
        """The image messages of a run as the writer is sent them, by image_id."""
        images = {}
        kind = ""
        while kind != "end":
            raw = self.writer.recv()
            message = decode(raw)
            kind = message["type"]
            if kind == "image":
                images[message["image_id"]] = raw
        return images


def _upload_frames(client: BrokerClient) -> None:
    """Frames that differ from each other in every pixel."""
    rng = np.random.default_rng(3)
    for number in range(STORED):
        frame = rng.integers(0, 16_000, (512, 1024)).astype("<u2")
        path = f"/config/internal_generator_image?id={number}"
        expect_ok(client.put_bytes(path, frame.tobytes(), "application/octet-stream"))


@contextmanager
def running_streams(directory: Path, preview: str, metadata: str) -> Iterator[Streams]:
    """Serve until the end of the block, with subscribers that are known to be heard."""
    images = f"tcp://127.0.0.1:{free_tcp_port()}"
    content = configuration(
        image_pusher="ZeroMQ",
        zeromq={"image_socket": [images]},
        zeromq_preview={**EVERY_IMAGE, "socket_address": preview},
        zeromq_metadata={**OFTEN, "socket_address": metadata},
    )
    content["detector_settings"]["internal_frame_generator_images"] = STORED
    with running_real_broker(content, directory) as broker, ExitStack() as stack:
        client = broker.client
        client.initialize()
        _upload_frames(client)
        context = stack.enter_context(zmq.Context())
        writer = stack.enter_context(context.socket(zmq.PULL))
        writer.rcvtimeo, writer.linger = 20_000, 0
        writer.connect(images)
        streams = []
        for path in (PREVIEW, METADATA):
            address = client.get(path).json()["socket_address"]
            streams.append(stack.enter_context(subscribed(address)))
            streams[-1].settle(client)
            expect_ok(client.put(path, OFF))
        yield Streams(client, writer, *streams)


@pytest.fixture(scope="module")
def streams(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Streams]:
    directory = tmp_path_factory.mktemp("streams")
    with running_streams(directory, "tcp://127.0.0.1:*", "ipc://*") as running:
        yield running


def _without(message: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in message.items() if name != key}


def test_the_preview_shows_the_images_of_the_stream_bit_by_bit(streams: Streams) -> None:
    """B135, B136: period 0 is every image, the very bytes a writer gets."""
    streams.publish(EVERY_IMAGE, OFF)
    run = dataset("shown", 12, run_number=500, run_name="to be shown", save_calibration=True)
    streams.client.start(run)
    written = streams.written()
    start = streams.preview.next()
    shown = [streams.preview.bytes() for _ in range(12)]
    end = streams.preview.next()
    assert [message["type"] for message in (start, end)] == ["start", "end"]
    assert {decode(raw)["image_id"]: raw for raw in shown} == written
    assert streams.client.wait_till_done() == 200
    assert not streams.preview.has_message, "calibration is for writers"
    for message in (start, *map(decode, shown), end):
        assert (message["series_id"], message["series_unique_id"]) == (500, "to be shown")
    assert start["pixel_mask"]["default"].shape == (514, 1030)
    assert end["images_collected"] == 12
    assert not streams.metadata.has_message


def test_metadata_tell_of_every_image_once(streams: Streams) -> None:
    """B140, B141: what the image messages say but for the pixels, the last of it before the end."""
    streams.publish(OFF, OFTEN)
    streams.client.start(dataset("told", 100, run_name="to be told", image_appendix={"a": 1}))
    written = streams.written()
    start, *bundles, end = streams.metadata.until("end")
    assert start["type"] == "start"
    assert {bundle["type"] for bundle in bundles} == {"metadata"}
    told = [image for bundle in bundles for image in bundle["images"]]
    assert len(told) == 100
    expected = {number: _without(decode(raw), "data") for number, raw in written.items()}
    assert {image["image_id"]: image for image in told} == expected
    for message in (*bundles, end):
        assert message["series_id"] == start["series_id"]
        assert message["series_unique_id"] == "to be told"
    assert streams.client.wait_till_done() == 200


def test_without_files_both_streams_run(streams: Streams) -> None:
    """B045: nothing reaches the writer; a long period shows the first image, bundles all."""
    streams.publish(SELDOM, SELDOM)
    streams.client.measure(dataset("", 20))
    start, image, end = streams.preview.until("end")
    assert (start["type"], image["type"]) == ("start", "image")
    assert start["user_data"]["file_prefix"] == ""
    assert end["images_sent_to_write"] == 0
    start, bundle, end = streams.metadata.until("end")
    assert sorted(image["image_id"] for image in bundle["images"]) == list(range(20))
    assert not streams.writer.poll(0)


def test_a_run_can_be_watched_from_its_middle(streams: Streams) -> None:
    """B136, B139, B141: switched on, off and on again while measuring; always the start first."""
    client = streams.client
    streams.publish(OFF, OFF)
    client.start(dataset("", 1_000_000))
    run = client.statistics()["run_number"]
    client.wait_for_images(10)
    assert not streams.preview.has_message
    streams.publish({"enabled": True, "period_ms": 20}, OFTEN)
    for stream, kind in ((streams.preview, "image"), (streams.metadata, "metadata")):
        first, second = stream.next(), stream.next()
        assert (first["type"], second["type"]) == ("start", kind)
        assert first["series_id"] == second["series_id"] == run
    streams.publish(OFF, OFF)
    streams.publish({"enabled": True, "period_ms": 20}, OFTEN)
    for stream in (streams.preview, streams.metadata):
        again = stream.until("start")[-1]
        assert again["series_id"] == run
    assert client.state() == "Measuring"
    expect_ok(client.post("/cancel"))
    assert client.wait_till_done() == 200
    for stream in (streams.preview, streams.metadata):
        end = stream.until("end")[-1]
        assert end["series_id"] == run
        assert end["cancelled"] is True


def test_a_subscriber_that_never_reads_holds_up_nothing(tmp_path: Path) -> None:
    """Nor does one that has gone: every image reaches the writer, and others hear everything."""
    addresses = f"ipc://{tmp_path}/preview", "tcp://127.0.0.1:*"
    with running_streams(tmp_path, *addresses) as streams, ExitStack() as stack:
        streams.publish(EVERY_IMAGE, OFTEN)
        for path in (PREVIEW, METADATA):
            address = streams.client.get(path).json()["socket_address"]
            idle = stack.enter_context(subscribed(address, receive_watermark=1))
            idle.settle(streams.client)
            with subscribed(address) as gone:
                gone.settle(streams.client)
        streams.client.start(dataset("slow", 200))
        assert sorted(streams.written()) == list(range(200))
        assert streams.client.wait_till_done() == 200
        statistics = streams.client.statistics()
        assert statistics["images_sent"] == statistics["images_collected"] == 200
        told = _told_of_run(streams.metadata, statistics["run_number"])
        assert sorted(told) == list(range(200))


def _told_of_run(metadata: Subscriber, run: int) -> list[int]:
    """Images of the run in the order they are told; what was told of earlier runs is read too."""
    while True:
        *bundles, end = metadata.until("end")
        if end["series_id"] == run:
            return [image["image_id"] for bundle in bundles[1:] for image in bundle["images"]]


def test_the_address_is_told_but_not_taken(streams: Streams) -> None:
    """B137, B141: a PUT that names another address changes nothing about it."""
    for path, transport in ((PREVIEW, "tcp://127.0.0.1:"), (METADATA, "ipc://")):
        before = streams.client.get(path).json()
        assert before["socket_address"].startswith(transport)
        assert not before["socket_address"].endswith("*")
        changed = {**SELDOM, "socket_address": "tcp://127.0.0.1:1"}
        expect_ok(streams.client.put(path, changed))
        after = streams.client.get(path).json()
        assert after == {**SELDOM, "socket_address": before["socket_address"]}
        expect_ok(streams.client.put(path, OFF))


@pytest.mark.parametrize("path", [PREVIEW, METADATA])
@pytest.mark.parametrize("period_ms", [-1, -(2**63), 1.5, "100", None])
def test_a_period_that_is_none_is_refused(streams: Streams, path: str, period_ms: Any) -> None:
    """B136, B141: 400, and nothing has changed."""
    before = streams.client.get(path).json()
    answer = streams.client.put(path, {"enabled": True, "period_ms": period_ms})
    assert answer.status_code == 400
    assert "period_ms: expected" in answer.text
    assert streams.client.get(path).json() == before


def test_the_shortest_periods(streams: Streams) -> None:
    """B136: 0 is allowed for previews; B141: but not for metadata."""
    expect_ok(streams.client.put(PREVIEW, {"enabled": False, "period_ms": 0}))
    answer = streams.client.put(METADATA, {"enabled": False, "period_ms": 0})
    assert answer.status_code == 400
    assert "period_ms: expected a value >= 1, got 0" in answer.text
    expect_ok(streams.client.put(METADATA, {"enabled": False, "period_ms": 1}))
