"""One run, and every way its images can take: one writer, two writers, the broker itself."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from tests.helpers.broker_client import BrokerClient, expect_ok
from tests.helpers.cbor_tags import decode
from tests.helpers.configurations import Setup, dataset
from tests.helpers.h5_contents import h5_content
from tests.helpers.saved_run import files_below, images_per_data_file, saved_images
from tests.helpers.services import running_broker, running_writer

_GENERATOR = {"internal_frame_generator": True, "internal_frame_generator_images": 3}
_IMAGES = 14
_RUN = dataset("dir/run", _IMAGES, images_per_file=4, compression="none")
_DIFFERENT = (
    "/entry/image/delay",
    "/entry/start_message",
    "/entry/start_time",
    "/entry/end_time",
    "/entry/end_time_estimated",
    "/entry/instrument/detector/detectorSpecific/max_receiver_delay",
)
"""When the run was, and how busy the machine."""
_FILES = {"dir/run_master.h5", *(f"dir/run_data_{number:06d}.h5" for number in range(1, 5))}


def _frames() -> NDArray[np.uint16]:
    """Frames of some hundred photons at most; 12.4 keV are 508 ADU in G0."""
    return np.random.default_rng(7).integers(0, 2**14, (3, 512, 1024), "<u2")


@contextmanager
def _broker(directory: Path, setup: Setup, **changes: Any) -> Iterator[BrokerClient]:
    """A broker that runs in ``directory``, initialized, with frames in its generator."""
    with running_broker({**setup.configuration(), **changes}, directory) as broker:
        broker.client.initialize()
        for number, frame in enumerate(_frames()):
            path = f"/config/internal_generator_image?id={number}"
            body = frame.tobytes()
            expect_ok(broker.client.put_bytes(path, body, "application/octet-stream"))
        yield broker.client


def _setup() -> Setup:
    return Setup(module_count=1, detector_settings=_GENERATOR)


def _assert_all_written(client: BrokerClient) -> None:
    statistics = client.measure(_RUN)
    assert statistics["images_sent"] == statistics["images_collected"] == _IMAGES
    assert f"{_IMAGES} written" in client.status()["message"]


def _assert_refused(client: BrokerClient, *named: str) -> None:
    """500 Other; then Idle, and a run of another name works."""
    answer = client.post("/start", _RUN)
    assert answer.status_code == 500
    assert answer.json()["reason"] == "Other"
    assert all(text in answer.json()["msg"] for text in named)
    assert client.state() == "Idle"
    client.measure(dataset("next", 2))


def _start_record(data_file: Path) -> dict[str, Any]:
    """Return the start that a data file has kept, but for its date and the address of reports."""
    with h5py.File(data_file) as file:
        start = decode(file["/entry/start_message"][()].tobytes())
    del start["arm_date"]
    start["user_data"].pop("writer_notification_zmq_addr", None)
    return dict(start)


def test_the_broker_writes_the_files_of_the_writer(tmp_path: Path) -> None:
    """B189 (HDF5): group by group, attribute by attribute, chunk by chunk; only times differ."""
    setup = _setup()
    by_writer, by_broker = tmp_path / "writer", tmp_path / "broker"
    with (
        _broker(tmp_path / "stream", setup) as client,
        running_writer(setup.image_address, by_writer),
    ):
        _assert_all_written(client)
    with _broker(by_broker, setup, image_pusher="HDF5", zeromq={}) as client:
        _assert_all_written(client)
        _assert_refused(client, "dir/run_", "exists and is left as it is")
    assert files_below(by_writer) == _FILES
    assert {name for name in files_below(by_broker) if name.startswith("dir/")} == _FILES
    for name in _FILES:
        contents = [h5_content(root / name, *_DIFFERENT) for root in (by_writer, by_broker)]
        assert contents[0] == contents[1], name
    for name in _FILES - {"dir/run_master.h5"}:
        assert _start_record(by_writer / name) == _start_record(by_broker / name)


def test_the_broker_writes_the_messages_of_the_stream(tmp_path: Path) -> None:
    """B189 (CBOR): read by a decoder that knows nothing of ours."""
    with _broker(tmp_path, _setup(), image_pusher="CBOR", zeromq={}) as client:
        _assert_all_written(client)
        _assert_refused(client, "dir/run_", ".cbor exists and is left as it is")
    paths = sorted((tmp_path / "dir").iterdir())
    assert [path.name for path in paths] == [f"run_{n:06d}.cbor" for n in range(len(paths))]
    messages = [decode(path.read_bytes()) for path in paths]
    kinds = [message["type"] for message in messages]
    assert kinds == ["start", *["calibration"] * 6, *["image"] * _IMAGES, "end"]
    pixels = {
        message["image_id"]: message["data"]["default"].pixels()[::-1][:256, :256]
        for message in messages[7:-1]
    }
    assert sorted(pixels) == list(range(_IMAGES))
    assert all(np.array_equal(pixels[n], pixels[n % 3]) for n in pixels)
    assert len({array.tobytes() for array in pixels.values()}) == 3
    assert messages[-1]["images_sent_to_write"] == messages[-1]["max_image_number"] == _IMAGES


def test_two_writers_share_a_run(tmp_path: Path) -> None:
    """B190: file by file in turn; the first also writes the master file, which finds all."""
    setup = _setup()
    second = Setup().image_address
    sockets = setup.configuration()["zeromq"] | {"image_socket": [setup.image_address, second]}
    one, two = tmp_path / "one", tmp_path / "two"
    with (
        _broker(tmp_path / "broker", setup, zeromq=sockets) as client,
        running_writer(setup.image_address, one),
        running_writer(second, two),
    ):
        _assert_all_written(client)
    theirs = {"dir/run_data_000002.h5", "dir/run_data_000004.h5"}
    assert files_below(one) == _FILES - theirs
    assert files_below(two) == theirs
    for name in theirs:
        shutil.move(two / name, one / name)
    assert images_per_data_file(one / "dir" / "run") == [4, 4, 4, 2]
    images = saved_images(one / "dir" / "run_master.h5")
    assert len(images) == _IMAGES
    assert all(np.array_equal(images[n], images[n % 3]) for n in range(_IMAGES))
    assert len({image.tobytes() for image in images}) == 3


def test_two_writers_and_one_file(tmp_path: Path) -> None:
    """B190: all images in one file are all for the first writer; the other ends with nothing."""
    setup = _setup()
    second = Setup().image_address
    sockets = setup.configuration()["zeromq"] | {"image_socket": [setup.image_address, second]}
    one, two = tmp_path / "one", tmp_path / "two"
    with (
        _broker(tmp_path / "broker", setup, zeromq=sockets) as client,
        running_writer(setup.image_address, one),
        running_writer(second, two),
    ):
        statistics = client.measure(dataset("run", 5, images_per_file=0))
    assert statistics["images_sent"] == 5
    assert files_below(one) == {"run_master.h5", "run_data_000001.h5"}
    assert files_below(two) == set()
    assert len(saved_images(one / "run_master.h5")) == 5
