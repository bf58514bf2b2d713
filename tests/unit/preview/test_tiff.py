"""Reading TIFF images that anybody may have sent."""

from io import BytesIO

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from jfjoch.errors import InvalidInput
from jfjoch.preview.tiff import read_tiff, write_tiff

IMAGE = np.random.default_rng(1).integers(0, 65536, (37, 53), dtype=np.uint16)


def tiff(image: np.ndarray, **options: object) -> bytes:
    file = BytesIO()
    tifffile.imwrite(file, image, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"byteorder": ">"},
        {"bigtiff": True},
        {"rowsperstrip": 5},
        {"metadata": None},
    ],
)
def test_whole_images(options: dict[str, object]) -> None:
    read = read_tiff(tiff(IMAGE, **options), np.uint16)
    assert read.dtype == np.uint16
    assert read.flags["C_CONTIGUOUS"]
    np.testing.assert_array_equal(read, IMAGE)


def test_image_of_another_program() -> None:
    file = BytesIO()
    Image.fromarray(IMAGE).save(file, "TIFF")
    np.testing.assert_array_equal(read_tiff(file.getvalue(), np.uint16), IMAGE)


@pytest.mark.parametrize("dtype", [np.uint16, np.uint32])
def test_written_images_are_read_back(dtype: type[np.unsignedinteger]) -> None:
    image = IMAGE.astype(dtype) << (8 * dtype().itemsize - 16)
    body = write_tiff(image)
    read = read_tiff(body, dtype)
    assert read.dtype == dtype
    np.testing.assert_array_equal(read, image)
    np.testing.assert_array_equal(np.asarray(Image.open(BytesIO(body))).astype(dtype), image)


def test_several_images_are_refused() -> None:
    """Which of them was meant is not for us to guess."""
    with pytest.raises(InvalidInput, match="TIFF of one image"):
        read_tiff(tiff(np.stack([IMAGE, IMAGE + 1])), np.uint16)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "expected a TIFF image, got 0 bytes"),
        (b"\x00" * 1000, "expected a TIFF image"),
        (tiff(IMAGE)[:100], "expected"),
        (tiff(IMAGE)[:-2], "expected"),
        (tiff(IMAGE.astype(np.uint32)), "16-bit unsigned value per pixel, got uint32"),
        (tiff(IMAGE.view(np.int16)), "16-bit unsigned value per pixel, got int16"),
        (tiff(np.stack([IMAGE] * 3, -1), photometric="rgb"), "one 16-bit unsigned value"),
        (tiff(IMAGE, compression="zlib"), "uncompressed"),
        (tiff(IMAGE, tile=(16, 16)), "in strips"),
    ],
)
def test_others_are_refused(body: bytes, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        read_tiff(body, np.uint16)


def test_the_other_type_is_refused() -> None:
    with pytest.raises(InvalidInput, match="32-bit unsigned value per pixel, got uint16"):
        read_tiff(tiff(IMAGE), np.uint32)


def with_size(body: bytes, width: int, height: int) -> bytes:
    """Change the size a little-endian TIFF declares, tags 256 and 257."""
    with tifffile.TiffFile(BytesIO(body)) as file:
        tags = file.pages.first.tags
        places = {tags[256].valueoffset: width, tags[257].valueoffset: height}
    changed = bytearray(body)
    for offset, value in places.items():
        changed[offset : offset + 4] = value.to_bytes(4, "little")
    return bytes(changed)


@pytest.mark.parametrize("size", [(1_000_000, 1_000_000), (53, 38), (2**32 - 1, 2**32 - 1)])
def test_size_larger_than_the_body_is_refused_before_memory_is_taken(size: tuple[int, int]) -> None:
    body = tiff(IMAGE, metadata=None)
    np.testing.assert_array_equal(read_tiff(with_size(body, 53, 37), np.uint16), IMAGE)
    with pytest.raises(InvalidInput):
        read_tiff(with_size(body, *size), np.uint16)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_damaged_bytes_are_read_or_refused(data: st.DataObject) -> None:
    body = bytearray(tiff(IMAGE[:4, :4], metadata=None))
    for _ in range(data.draw(st.integers(1, 6))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        image = read_tiff(bytes(body), np.uint16)
    except InvalidInput:
        return
    assert image.nbytes <= len(body)
