"""Settings of preview and metadata stream: defaults, restarts, addresses; and the socket alone."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import zmq
from jfjoch_client import ZeromqMetadataSettings, ZeromqPreviewSettings

from jfjoch.broker.configuration_file import load_configuration
from jfjoch.cli.broker_composition import build_broker
from jfjoch.errors import ConfigurationError
from jfjoch.messages.metadata import MetadataMessage
from jfjoch.stream.publish import ZmqPublisher
from tests.helpers.cbor_tags import decode
from tests.helpers.ports import free_tcp_port
from tests.helpers.real_broker import configuration, running_real_broker
from tests.helpers.subscriber import Subscriber, subscribed
from tests.helpers.writer_messages import end_message, image_message, start_message

PREVIEW = "/config/zeromq_preview"
METADATA = "/config/zeromq_metadata"
START = start_message()


def _given(**section: Any) -> dict[str, Any]:
    return configuration(
        zeromq_preview={"enabled": True, "period_ms": 500, **section},
        zeromq_metadata={"enabled": True, "period_ms": 700, **section},
    )


def test_without_a_section_nothing_is_published(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """B136, B141: no address, not enabled; enabling it is kept and told to be without effect."""
    with running_real_broker(configuration(), tmp_path) as broker:
        for path in (PREVIEW, METADATA):
            assert broker.client.get(path).json() == {"enabled": False, "period_ms": 1000}
            wanted = {"enabled": True, "period_ms": 200}
            assert broker.client.put(path, wanted).status_code == 200
            assert broker.client.get(path).json() == wanted
            name = path.rpartition("/")[2]
            assert f"{name} is enabled, but has no socket_address" in caplog.text


def test_a_section_without_address_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with running_real_broker(_given(), tmp_path) as broker:
        assert broker.client.get(PREVIEW).json() == {"enabled": True, "period_ms": 500}
    for name in ("zeromq_preview", "zeromq_metadata"):
        assert f"{name} has no socket_address: nothing is published" in caplog.text


def test_settings_survive_a_restart_and_the_address_is_the_files(tmp_path: Path) -> None:
    """B137, B139, B141."""
    content = _given(socket_address="tcp://127.0.0.1:*")
    with running_real_broker(content, tmp_path) as broker:
        broker.client.put(PREVIEW, {"enabled": False, "period_ms": 0, "socket_address": "tcp://x"})
        broker.client.put(METADATA, {"enabled": False, "period_ms": 1})
    with running_real_broker(content, tmp_path) as broker:
        preview, metadata = (broker.client.get(path).json() for path in (PREVIEW, METADATA))
        assert (preview["enabled"], preview["period_ms"]) == (False, 0)
        assert (metadata["enabled"], metadata["period_ms"]) == (False, 1)
        for settings in (preview, metadata):
            assert settings["socket_address"].startswith("tcp://127.0.0.1:")


def test_the_published_client_reads_and_writes_them(tmp_path: Path) -> None:
    """B135, B140: in Inactive, too."""
    address = f"tcp://127.0.0.1:{free_tcp_port()}"
    content = configuration(
        zeromq_preview={"enabled": True, "period_ms": 500, "socket_address": address}
    )
    with running_real_broker(content, tmp_path) as broker:
        preview = broker.api.config_zeromq_preview_get()
        assert preview == ZeromqPreviewSettings(enabled=True, period_ms=500, socket_address=address)
        broker.api.config_zeromq_preview_put(ZeromqPreviewSettings(enabled=False, period_ms=0))
        assert broker.api.config_zeromq_preview_get().period_ms == 0
        wanted = ZeromqMetadataSettings(enabled=False, period_ms=20)
        broker.api.config_zeromq_metadata_put(wanted)
        assert broker.api.config_zeromq_metadata_get() == wanted


@pytest.mark.parametrize("section", ["zeromq_preview", "zeromq_metadata"])
def test_an_address_that_is_taken_stops_the_start_and_is_named(
    tmp_path: Path, section: str
) -> None:
    """Nothing stays open: the same configuration works once the address is free."""
    address = f"tcp://127.0.0.1:{free_tcp_port()}"
    content = _given(socket_address="tcp://127.0.0.1:*")
    content[section]["socket_address"] = address
    path = tmp_path / "broker.json"
    path.write_text(json.dumps(content))
    name = section.removeprefix("zeromq_")
    with ZmqPublisher("another", address, 1), pytest.raises(ConfigurationError) as raised:
        build_broker(load_configuration(path), tmp_path, None)
    assert f"{name} stream: address {address} can't be bound" in str(raised.value)
    build_broker(load_configuration(path), tmp_path, None).close()


def test_streams_are_closed_again_when_the_image_stream_can_not_be_had(tmp_path: Path) -> None:
    addresses = [f"tcp://127.0.0.1:{free_tcp_port()}" for _ in range(2)]
    content = _given(socket_address=addresses[0])
    del content["zeromq_metadata"]
    content |= {"image_pusher": "ZeroMQ", "zeromq": {"image_socket": [addresses[0]]}}
    path = tmp_path / "broker.json"
    path.write_text(json.dumps(content))
    with pytest.raises(ConfigurationError, match=addresses[0]):
        build_broker(load_configuration(path), tmp_path, None)
    content["zeromq"] = {"image_socket": [addresses[1]]}
    path.write_text(json.dumps(content))
    build_broker(load_configuration(path), tmp_path, None).close()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def _settle(publisher: ZmqPublisher, *listeners: Subscriber) -> None:
    """Publish until everybody hears it; then everybody has read all of it."""
    number = 0
    for listener in listeners:
        while not listener.has_message:
            number += 1
            publisher.end(end_message(START, number))
    publisher.end(end_message(START, number + 1))
    for listener in listeners:
        while listener.next()["max_image_number"] <= number:
            pass


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:*", "tcp://*:*", "ipc://*"])
def test_all_who_listen_hear_all(stack: ExitStack, address: str) -> None:
    """B137: over TCP and inside this machine."""
    publisher = stack.enter_context(ZmqPublisher("test", address, 100))
    reachable = publisher.address.replace("0.0.0.0", "127.0.0.1")
    listeners = [stack.enter_context(subscribed(reachable)) for _ in range(2)]
    _settle(publisher, *listeners)
    images = tuple(image_message(n, START) for n in range(3))
    publisher.start(START)
    for image in images:
        publisher.image(image)
    publisher.metadata(MetadataMessage(1, "run one", images))
    publisher.end(end_message(START, 3))
    for listener in listeners:
        heard = listener.until("end")
        assert [m["type"] for m in heard] == ["start", *["image"] * 3, "metadata", "end"]
        assert [m.get("image_id") for m in heard[1:4]] == [0, 1, 2]
        assert not any("data" in image for image in heard[4]["images"])


def test_who_comes_late_has_missed_the_start(stack: ExitStack) -> None:
    """It hears the rest, and the next run as a whole."""
    publisher = stack.enter_context(ZmqPublisher("test", "tcp://127.0.0.1:*", 100))
    publisher.start(START)
    late = stack.enter_context(subscribed(publisher.address))
    _settle(publisher, late)
    publisher.image(image_message(7, START))
    publisher.start(START)
    assert [late.next()["type"] for _ in range(2)] == ["image", "start"]


def test_without_anybody_listening_nothing_is_kept(stack: ExitStack) -> None:
    publisher = stack.enter_context(ZmqPublisher("test", "tcp://127.0.0.1:*", 2))
    publisher.start(START)
    for number in range(1000):
        publisher.image(image_message(number % 10, START))
    listener = stack.enter_context(subscribed(publisher.address))
    while not listener.has_message:
        publisher.end(end_message(START, 0))
    assert listener.next()["type"] == "end"


def test_the_end_leaves_before_the_publisher_is_closed(stack: ExitStack) -> None:
    publisher = ZmqPublisher("test", "tcp://127.0.0.1:*", 100)
    publisher.open()
    listener = stack.enter_context(subscribed(publisher.address))
    _settle(publisher, listener)
    publisher.end(end_message(START, 4))
    publisher.close()
    publisher.close()
    assert listener.next()["max_image_number"] == 4


def test_a_message_is_one_frame(stack: ExitStack) -> None:
    publisher = stack.enter_context(ZmqPublisher("test", "tcp://127.0.0.1:*", 100))
    context = stack.enter_context(zmq.Context())
    socket = stack.enter_context(context.socket(zmq.SUB))
    socket.rcvtimeo, socket.linger = 20_000, 0
    socket.subscribe(b"")
    socket.connect(publisher.address)
    while not socket.poll(50):
        publisher.start(START)
    (frame,) = socket.recv_multipart()
    assert decode(frame)["type"] == "start"
