"""One asymmetric mask, everywhere the same pixels: upload, HTTP, TIFF, images and HDF5."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import fabio
import h5py
import numpy as np
import pytest
import tifffile

from tests.helpers.broker_client import BrokerClient, expect_ok
from tests.helpers.configurations import Setup, dataset
from tests.helpers.real_module import extended
from tests.helpers.saved_run import saved_images
from tests.helpers.services import running_broker, running_writer

ERROR_VALUE = -32768
GAP, USER = 1, 1 << 8
NO_EDGES = {"mask_module_edges": False, "mask_chip_edges": False}


class Facility(NamedTuple):
    client: BrokerClient
    files: Path
    directory: Path


def letter_f() -> np.ndarray:
    """An F across a chip boundary of the second of two modules; no mirror image is the same."""
    mask = np.zeros((2, 512, 1024), np.uint32)
    mask[1, 200:300, 240:250] = 1
    mask[1, 200:210, 240:280] = 1
    mask[1, 240:250, 240:265] = 1
    return mask


def assembled(mask: np.ndarray) -> np.ndarray:
    """The image by hand: module 1 above module 0, each upside down, multipixels filled."""
    image = np.zeros((1064, 1030), np.uint32)
    image[550:] = extended(mask[0])[::-1]
    image[:514] = extended(mask[1])[::-1]
    return image


@pytest.fixture(scope="module")
def facility(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Facility]:
    directory = tmp_path_factory.mktemp("orientation")
    setup = Setup(module_count=2, detector_settings={"internal_frame_generator": True})
    with (
        running_broker(setup.configuration(), directory) as broker,
        running_writer(setup.image_address, directory / "files"),
    ):
        broker.client.initialize()
        yield Facility(broker.client, directory / "files", directory)


@pytest.fixture(params=["converted", "raw"])
def form(request: pytest.FixtureRequest, facility: Facility) -> str:
    """The form of the images; the mask is uploaded in the other one."""
    converted = request.param == "converted"
    mask = letter_f() if converted else np.ascontiguousarray(assembled(letter_f()))
    client = facility.client
    expect_ok(client.update("/config/image_format", geometry_transform=converted, **NO_EDGES))
    body = mask.astype("<u4").tobytes()
    expect_ok(client.put_bytes("/config/user_mask", body, "application/octet-stream"))
    return str(request.param)


def expected(form: str) -> np.ndarray:
    return assembled(letter_f()) if form == "converted" else letter_f().reshape(1024, 1024)


def gaps(form: str) -> np.ndarray:
    if form == "raw":
        return np.zeros((1024, 1024), bool)
    rows = np.zeros((1064, 1), bool)
    rows[514:550] = True
    return np.broadcast_to(rows, (1064, 1030))


def read_by_fabio(body: bytes, directory: Path) -> np.ndarray:
    path = directory / "mask.tiff"
    path.write_bytes(body)
    with fabio.open(path) as image:
        return np.asarray(image.data)


def measure(facility: Facility, prefix: str, **image_format: Any) -> np.ndarray:
    expect_ok(facility.client.update("/config/image_format", **image_format))
    facility.client.measure(dataset(prefix, 1))
    return saved_images(facility.files / f"{prefix}_master.h5")[0]


def test_masks_over_http(facility: Facility, form: str) -> None:
    """B182, B183: bytes and TIFF, as fabio and tifffile see it."""
    shape = expected(form).shape
    user = facility.client.get("/config/user_mask").content
    np.testing.assert_array_equal(np.frombuffer(user, "<u4").reshape(shape), expected(form))
    whole = facility.client.get("/config/mask").content
    mask = np.where(gaps(form), GAP, expected(form) * USER)
    np.testing.assert_array_equal(np.frombuffer(whole, "<u4").reshape(shape), mask)
    for path, content in (("user_mask", expected(form)), ("mask", mask)):
        body = facility.client.get(f"/config/{path}.tiff").content
        read = read_by_fabio(body, facility.directory)
        assert read.dtype == np.uint32
        np.testing.assert_array_equal(read, content)
        np.testing.assert_array_equal(tifffile.imread(io.BytesIO(body)), content)


def test_masked_pixels_of_images(facility: Facility, form: str) -> None:
    """B111: the error value stands where the mask is, and nowhere else but in gaps."""
    image = measure(facility, f"masked_{form}", apply_mask=True)
    np.testing.assert_array_equal(image == ERROR_VALUE, expected(form).astype(bool) | gaps(form))
    assert set(np.unique(image)) == {ERROR_VALUE, 0}


def test_images_without_apply_mask(facility: Facility, form: str) -> None:
    """B187: the user mask by itself changes no pixel."""
    image = measure(facility, f"unmasked_{form}", apply_mask=False)
    np.testing.assert_array_equal(image == ERROR_VALUE, gaps(form))


def test_mask_in_the_file(facility: Facility, form: str) -> None:
    """B187: bit 8 of pixel_mask, in the orientation of the images."""
    measure(facility, f"file_{form}", apply_mask=False)
    with h5py.File(facility.files / f"file_{form}_master.h5") as file:
        stored = file["/entry/instrument/detector/pixel_mask"][:]
        applied = file["/entry/instrument/detector/pixel_mask_applied"][()]
    np.testing.assert_array_equal(stored, np.where(gaps(form), GAP, expected(form) * USER))
    assert not applied


def test_a_mask_drawn_on_an_image_by_another_program(facility: Facility) -> None:
    """B185, B186: uploaded as a TIFF of converted size, made by fabio."""
    client = facility.client
    expect_ok(client.update("/config/image_format", geometry_transform=True, **NO_EDGES))
    path = facility.directory / "drawn.tiff"
    fabio.tifimage.TifImage(data=assembled(letter_f())).write(path)
    expect_ok(client.put_bytes("/config/user_mask.tiff", path.read_bytes(), "image/tiff"))
    expect_ok(client.update("/config/image_format", geometry_transform=False))
    body = client.get("/config/user_mask").content
    np.testing.assert_array_equal(np.frombuffer(body, "<u4"), letter_f().ravel())


def test_the_user_mask_survives_a_restart(tmp_path: Path) -> None:
    """It belongs to the serial number: another detector has none."""
    setup = Setup(module_count=2, detector_settings={"internal_frame_generator": True})
    body = letter_f().astype("<u4").tobytes()
    with running_broker(setup.configuration(), tmp_path) as broker:
        broker.client.initialize()
        answer = broker.client.put_bytes("/config/user_mask", body, "application/octet-stream")
        expect_ok(answer)
    with running_broker(setup.configuration(), tmp_path) as broker:
        expect_ok(broker.client.update("/config/image_format", geometry_transform=False))
        assert broker.client.get("/config/user_mask").content == body
    other = Setup(module_count=2, serial_number="OTHER")
    with running_broker(other.configuration(), tmp_path) as broker:
        assert not any(broker.client.get("/config/user_mask").content)
