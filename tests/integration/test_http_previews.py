"""Previews over HTTP, as the published client and plain requests see them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import fabio
import httpx
import jfjoch_client as jf
import numpy as np
import pytest
import tifffile
from jfjoch_client.exceptions import BadRequestException, NotFoundException
from PIL import Image

from jfjoch.messages.image import CompressedImage
from jfjoch.preview import palette
from tests.helpers.http_service import HttpService, running_http_service
from tests.helpers.writer_messages import (
    HEIGHT,
    WIDTH,
    end_message,
    image_message,
    pixels,
    start_message,
)

RUN = start_message()
MASKED = (3, 5)
"""Row and column of the pixel of the user mask in the messages."""


@pytest.fixture
def service() -> Iterator[HttpService]:
    with running_http_service() as running:
        yield running


@pytest.fixture
def with_image(service: HttpService) -> HttpService:
    """A run has ended with image 4."""
    last = service.broker.last_image
    last.run_started(RUN)
    last.image_finished(image_message(4, RUN))
    last.run_ended(end_message(RUN, 5))
    return service


def as_rgb(body: bytes | bytearray) -> np.ndarray:
    with Image.open(BytesIO(body)) as image:
        return np.asarray(image).astype(int)


def looks_like(body: bytes | bytearray, row: int, column: int, colour: int) -> bool:
    difference = as_rgb(body)[row, column] - palette.COLOURS[colour]
    return bool(np.abs(difference).max() <= 8)


def test_404_before_the_first_image(service: HttpService) -> None:
    """B176, B178, B179, B180: also after initialize; only the pedestal is there then."""
    service.broker.become_idle()
    for request in (
        service.client.preview_image_jpeg_get,
        service.client.preview_image_tiff_get,
        service.client.preview_calibration_tiff_get,
        lambda: service.client.preview_image_jpeg_post(jf.PreviewSettings(saturation=1)),
    ):
        with pytest.raises(NotFoundException) as caught:
            request()
        assert (caught.value.status, caught.value.body) == (404, "")


def test_jpeg_of_the_published_client(with_image: HttpService) -> None:
    """B008, B176, B177: GET draws what POST draws with the contrast it chose."""
    client = with_image.client
    drawn = client.preview_image_jpeg_post(jf.PreviewSettings(saturation=10))
    assert as_rgb(drawn).shape == (HEIGHT, WIDTH, 3)
    np.testing.assert_array_equal(as_rgb(client.preview_image_jpeg_get()), as_rgb(drawn))
    row, column = MASKED
    assert not looks_like(drawn, row, column, palette.USER_MASK)
    settings = jf.PreviewSettings(saturation=10, show_user_mask=True)
    assert looks_like(client.preview_image_jpeg_post(settings), row, column, palette.USER_MASK)


def test_settings_change_the_picture(with_image: HttpService) -> None:
    """B177: each of them."""
    post = with_image.client.preview_image_jpeg_post
    plain = post(jf.PreviewSettings(saturation=10))
    for changes in ({"saturation": 3}, {"jpeg_quality": 20}, {"show_user_mask": True}):
        assert post(jf.PreviewSettings(**{"saturation": 10} | changes)) != plain, changes
    geometry = RUN.geometry
    two_theta = np.arctan(22 * 75e-6 / geometry.detector_distance_m)
    d_angstrom = geometry.incident_wavelength_angstrom / 2 / np.sin(two_theta / 2)
    ring = post(jf.PreviewSettings(saturation=10, resolution_ring=float(d_angstrom)))
    beam_column, beam_row = 31, 20
    assert looks_like(ring, beam_row, beam_column + 22, palette.RING)
    assert not looks_like(plain, beam_row, beam_column + 22, palette.RING)
    assert post(jf.PreviewSettings(saturation=10, show_spots=False)) == plain  # none was found


def test_regions_in_use_are_drawn(with_image: HttpService) -> None:
    """B177: show_roi."""
    roi = {
        "box": {
            "rois": [{"name": "b", "min_x_pxl": 5, "max_x_pxl": 20, "min_y_pxl": 8, "max_y_pxl": 9}]
        },
        "circle": {"rois": []},
    }
    post = with_image.client.preview_image_jpeg_post
    settings = jf.PreviewSettings(saturation=10, show_roi=True)
    assert not looks_like(post(settings), 7, 10, palette.ROI)
    assert with_image.http.put("/config/roi", json=roi).status_code == 200
    assert looks_like(post(settings), 7, 10, palette.ROI)
    assert not looks_like(post(jf.PreviewSettings(saturation=10)), 7, 10, palette.ROI)


def test_no_image_is_indexed_yet(with_image: HttpService) -> None:
    """B177: show_indexed asks for the last image that was."""
    settings = jf.PreviewSettings(saturation=10, show_indexed=True)
    with pytest.raises(NotFoundException):
        with_image.client.preview_image_jpeg_post(settings)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "saturation: expected a value, got none"),
        ({"saturation": -1}, "saturation"),
        ({"saturation": 65536}, "saturation"),
        ({"saturation": "1"}, "saturation"),
        ({"saturation": 1, "jpeg_quality": 101}, "jpeg_quality"),
        ({"saturation": 1, "jpeg_quality": -1}, "jpeg_quality"),
        ({"saturation": 1, "resolution_ring": 0.09}, "resolution_ring"),
        ({"saturation": 1, "resolution_ring": 100.1}, "resolution_ring"),
        ({"saturation": 1, "show_roi": "yes"}, "show_roi"),
        ([], "body"),
    ],
)
def test_settings_that_are_none(with_image: HttpService, body: Any, named: str) -> None:
    """B005, B177: 400 and a text, whether or not there is an image."""
    answer = with_image.http.post("/preview/image.jpeg", json=body)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/plain")
    assert named in answer.text


@pytest.mark.parametrize(
    "body",
    [
        {"saturation": 0},
        {"saturation": 65535, "jpeg_quality": 0, "resolution_ring": 0.1},
        {"saturation": 1, "jpeg_quality": 100, "resolution_ring": 100.0, "show_spots": None},
    ],
)
def test_ends_of_the_ranges(with_image: HttpService, body: dict[str, Any]) -> None:
    """B011, B177."""
    answer = with_image.http.post("/preview/image.jpeg", json=body)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store"
    assert as_rgb(answer.content).shape == (HEIGHT, WIDTH, 3)


def test_bad_request_of_the_published_client(with_image: HttpService) -> None:
    settings = jf.PreviewSettings.model_construct(saturation=-1)
    with pytest.raises(BadRequestException):
        with_image.client.preview_image_jpeg_post(settings)


def read_by_fabio(body: bytes | bytearray, directory: Path) -> np.ndarray:
    path = directory / "image.tiff"
    path.write_bytes(body)
    with fabio.open(path) as image:
        return np.asarray(image.data)


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "uint8", "uint16", "uint32"])
def test_tiff_has_the_values_of_the_image(service: HttpService, tmp_path: Path, dtype: str) -> None:
    """B178: for tifffile and fabio, extremes of the type included."""
    run = start_message(dtype=dtype)
    service.broker.last_image.run_started(run)
    service.broker.last_image.image_finished(image_message(2, run))
    body = service.client.preview_image_tiff_get()
    for read in (tifffile.imread(BytesIO(body)), read_by_fabio(body, tmp_path)):
        assert read.dtype == np.dtype(dtype)
        np.testing.assert_array_equal(read, pixels(2, dtype))


def test_calibration_tiff(with_image: HttpService, tmp_path: Path) -> None:
    """B179: 16 bit, last row first, for Pillow and fabio."""
    body = with_image.client.preview_calibration_tiff_get()
    expected = pixels(4).astype(np.int64)
    expected[0, 1:3] = 65_535  # error and saturated
    expected[MASKED] = 65_535
    with Image.open(BytesIO(body)) as image:
        assert image.mode == "I;16"
        np.testing.assert_array_equal(np.asarray(image), expected[::-1])
    read = read_by_fabio(body, tmp_path)
    assert read.dtype == np.uint16
    np.testing.assert_array_equal(read, expected[::-1])


def test_pedestal_tiff(service: HttpService, tmp_path: Path) -> None:
    """B180: 32-bit floating point, raw modules."""
    with pytest.raises(NotFoundException):
        service.client.preview_pedestal_tiff_get(gain_level=0)
    service.broker.become_idle()
    for level in (0, 1, 2):
        body = service.client.preview_pedestal_tiff_get(gain_level=level, sc=0)
        read = read_by_fabio(body, tmp_path)
        assert (read.dtype, read.shape) == (np.float32, (512, 1024))
        assert read[3, 512] == 1000 * level + 3.5
        assert service.client.preview_pedestal_tiff_get(gain_level=level) == body


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?sc=0",
        "?gain_level=",
        "?gain_level=3",
        "?gain_level=-1",
        "?gain_level=0.5",
        "?gain_level=G0",
        "?gain_level=99999999999999999999999",
        "?gain_level=0&sc=1",
        "?gain_level=0&sc=-1",
        "?gain_level=0&sc=",
        "?gain_level=0&sc=first",
    ],
)
def test_a_pedestal_that_is_none(service: HttpService, query: str) -> None:
    """B180: 404 without a body, as the contract declares nothing else."""
    service.broker.become_idle()
    answer = service.http.get(f"/preview/pedestal.tiff{query}")
    assert (answer.status_code, answer.content) == (404, b"")


def test_an_image_that_can_not_be_decompressed_is_an_error_of_the_request(
    service: HttpService,
) -> None:
    """The image was taken without a look at its pixels; only who asks for them meets the damage."""
    damaged = CompressedImage(b"no chunk", "bslz4", "int16", HEIGHT, WIDTH)
    last = service.broker.last_image
    last.run_started(RUN)
    last.image_finished(replace(image_message(0, RUN), image=damaged))
    answer = service.http.post("/preview/image.jpeg", json={"saturation": 10})
    assert answer.status_code == 500
    assert answer.json()["reason"] == "Other"
    last.image_finished(image_message(1, RUN))
    last.run_ended(end_message(RUN, 2))
    assert service.http.get("/preview/image.jpeg").status_code == 200


def test_many_who_poll_get_the_same_picture(with_image: HttpService) -> None:
    url = f"http://{with_image.host}:{with_image.port}/preview/image.jpeg"
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: httpx.get(url, trust_env=False, timeout=60), range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
