"""A broker that has the real module in its internal generator."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.helpers.broker_client import BrokerClient, expect_ok
from tests.helpers.configurations import Setup
from tests.helpers.real_module import JungfrauModule
from tests.helpers.services import Broker, running_broker

_GENERATOR = {"internal_frame_generator": True, "internal_frame_generator_images": 10}


@contextmanager
def running_real_module(
    module: JungfrauModule, directory: Path, notification_address: str | None
) -> Iterator[tuple[Broker, Setup]]:
    """Run an initialized broker with the module's gain file, calibration and frames."""
    directory.mkdir(parents=True, exist_ok=True)
    gain_file, calibration = directory / "gainMaps_M001.bin", directory / "pedestal.h5"
    module.save_gain_file(gain_file)
    module.save_calibration(calibration)
    setup = Setup(
        module_count=1,
        gain_files=[gain_file],
        detector_settings=_GENERATOR,
        notification_address=notification_address,
    )
    options = ["--calibration", calibration]
    with running_broker(setup.configuration(), directory, options) as broker:
        broker.client.initialize()
        upload_frames(broker.client, module)
        yield broker, setup


def upload_frames(client: BrokerClient, module: JungfrauModule) -> None:
    """Store frame k of the module as generator image k."""
    for image_id, frame in enumerate(module.raw):
        body = frame.astype("<u2").tobytes()
        path = f"/config/internal_generator_image?id={image_id}"
        expect_ok(client.put_bytes(path, body, "application/octet-stream"))


def frames_of_image(image_number: int, frames_per_image: int = 1, stored: int = 10) -> list[int]:
    """Return which stored frames an image of a run sums up."""
    first = image_number * frames_per_image
    return [frame % stored for frame in range(first, first + frames_per_image)]
