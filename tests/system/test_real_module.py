"""Raw frames of a real module in, NXmx files out: every pixel is checked.

Broker and writer are processes of their own; the file is read back with h5py.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import pytest
import tifffile

from tests.helpers.broker_client import BrokerClient, expect_ok
from tests.helpers.configurations import Setup, dataset
from tests.helpers.real_module import JungfrauModule
from tests.helpers.real_module_broker import frames_of_image, running_real_module
from tests.helpers.saved_run import saved_images
from tests.helpers.services import running_writer


class Facility(NamedTuple):
    """Broker and writer, and what the generator shows."""

    client: BrokerClient
    module: JungfrauModule
    files: Path


def _facility(module: JungfrauModule, directory: Path) -> Iterator[Facility]:
    notification = Setup().notification_address
    with (
        running_real_module(module, directory, notification) as (broker, setup),
        running_writer(setup.image_address, directory / "files"),
    ):
        yield Facility(broker.client, module, directory / "files")


@pytest.fixture(scope="module")
def facility(
    real_module: JungfrauModule, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Facility]:
    yield from _facility(real_module, tmp_path_factory.mktemp("real"))


@pytest.fixture(scope="module")
def facility_with_specials(
    real_module: JungfrauModule, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Facility]:
    directory = tmp_path_factory.mktemp("specials")
    yield from _facility(real_module.with_planted_specials(), directory)


def _measured_images(
    facility: Facility, prefix: str, count: int, frames_per_image: int = 1, **more: Any
) -> np.ndarray:
    body = dataset(prefix, count, image_time_us=1000 * frames_per_image, **more)
    statistics = facility.client.measure(body)
    assert statistics["images_sent"] == count
    images = saved_images(facility.files / f"{prefix}_master.h5")
    assert images.shape == (count, 514, 1030)
    return images


def _assert_every_pixel(facility: Facility, images: np.ndarray, frames_per_image: int = 1) -> None:
    dtype = images.dtype.name
    expected = {}
    for number, image in enumerate(images):
        frames = tuple(frames_of_image(number, frames_per_image))
        if frames not in expected:
            expected[frames] = facility.module.image(frames, dtype)
        assert expected[frames].wrong_pixels(image) == 0, f"image {number}"


@pytest.mark.parametrize("bits", [16, 32])
def test_100_images_are_the_rounded_photons_in_every_pixel(facility: Facility, bits: int) -> None:
    """B104, B106: photons of 12.4 keV, in both depths; image i shows stored frame i mod 10."""
    expect_ok(facility.client.update("/config/image_format", bit_depth_image=bits))
    images = _measured_images(facility, f"depth{bits}", 100)
    assert images.dtype == np.dtype(f"int{bits}")
    _assert_every_pixel(facility, images)


@pytest.mark.parametrize("bits", [16, 32])
def test_sum_of_4_is_the_sum_of_the_rounded_frames(facility: Facility, bits: int) -> None:
    """B038, B102: multipixels are divided once, after the last frame."""
    expect_ok(facility.client.update("/config/image_format", bit_depth_image=bits))
    images = _measured_images(facility, f"sum4_{bits}", 25, frames_per_image=4)
    assert images.dtype == np.dtype(f"int{bits}")
    _assert_every_pixel(facility, images, frames_per_image=4)


@pytest.mark.parametrize("compression", ["bszstd", "bszstd_rle", "none"])
def test_no_compression_changes_a_pixel(facility: Facility, compression: str) -> None:
    """B049; the other tests use bslz4."""
    expect_ok(facility.client.update("/config/image_format", bit_depth_image=16))
    images = _measured_images(facility, compression, 3, compression=compression)
    _assert_every_pixel(facility, images)


@pytest.mark.parametrize(
    ("prefix", "images", "more"),
    [("many", 5, {}), ("asked", 1, {"save_calibration": True})],
)
def test_the_calibration_in_use_is_saved(
    facility: Facility, prefix: str, images: int, more: dict[str, Any]
) -> None:
    """B065: by default with more than 4 images; raw geometry, modules stacked."""
    facility.client.measure(dataset(f"calibration_{prefix}", images, **more))
    with h5py.File(facility.files / f"calibration_{prefix}_master.h5") as file:
        saved = file["/entry/instrument/detector/calibration"]
        for stage in range(3):
            assert np.array_equal(saved[f"pedestal_g{stage}"], facility.module.pedestal[stage])
        assert np.array_equal(saved["pedestal_rms_g0"], facility.module.pedestal_rms_g0)


@pytest.mark.parametrize(
    ("prefix", "images", "more"), [("few", 4, {}), ("unwanted", 5, {"save_calibration": False})]
)
def test_no_calibration_is_saved_where_none_is_wanted(
    facility: Facility, prefix: str, images: int, more: dict[str, Any]
) -> None:
    """B065."""
    facility.client.measure(dataset(f"without_{prefix}", images, **more))
    with h5py.File(facility.files / f"without_{prefix}_master.h5") as file:
        assert list(file["/entry/instrument/detector"].get("calibration", {})) == []


def test_a_tiff_upload_is_the_same_as_a_binary_one(facility: Facility, tmp_path: Path) -> None:
    """B129: stored frame 0 is sent again as TIFF, and the images stay what they were."""
    tifffile.imwrite(tmp_path / "frame.tiff", facility.module.raw[0])
    path = "/config/internal_generator_image.tiff?id=0"
    body = (tmp_path / "frame.tiff").read_bytes()
    expect_ok(facility.client.put_bytes(path, body, "image/tiff"))
    expect_ok(facility.client.update("/config/image_format", bit_depth_image=16))
    _assert_every_pixel(facility, _measured_images(facility, "tiff", 11))


@pytest.mark.parametrize(("bits", "frames_per_image"), [(16, 1), (32, 1), (32, 4)])
def test_special_pixels_get_their_special_values(
    facility_with_specials: Facility, bits: int, frames_per_image: int
) -> None:
    """Dead, refused and invalid pixels are errors, 0xC000 is saturated, undivided at corners."""
    facility = facility_with_specials
    expect_ok(facility.client.update("/config/image_format", bit_depth_image=bits))
    prefix = f"specials_{bits}_{frames_per_image}"
    images = _measured_images(facility, prefix, 5, frames_per_image)
    _assert_every_pixel(facility, images, frames_per_image)
