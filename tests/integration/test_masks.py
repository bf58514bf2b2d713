"""User mask and pixel mask of the real broker, as HTTP gives and takes them."""

from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest
from jfjoch_client import DetectorSelection
from jfjoch_client.exceptions import ServiceException

from jfjoch.geometry.modules import module_layout
from jfjoch.model.detector import Detector
from tests.helpers.broker_client import expect_ok
from tests.helpers.real_broker import (
    RealBroker,
    configuration,
    detector,
    running_real_broker,
)
from tests.reference.assembly import duplicated
from tests.unit.preview.test_tiff import tiff

ROWS = detector("ROWS", standard_geometry={"nmodules": 3, "modules_in_row": 2})
TURNED = detector(
    "TURNED",
    custom_geometry=[
        {"x0": 0, "y0": 0, "fast_axis": "Yp", "slow_axis": "Xp"},
        {"x0": 1700.0, "y0": 20, "fast_axis": "Xn", "slow_axis": "Yp"},
    ],
    mirror_y=False,
)
NO_EDGES = {"mask_module_edges": False, "mask_chip_edges": False}


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealBroker]:
    directory = tmp_path_factory.mktemp("masks")
    with running_real_broker(configuration(ROWS, TURNED), directory) as running:
        yield running


@pytest.fixture
def real(idle: RealBroker) -> RealBroker:
    """Initialized, with full conversion."""
    idle.client.initialize()
    conversion(idle, True)
    expect_ok(idle.client.update("/config/image_format", **NO_EDGES))
    return idle


def conversion(real: RealBroker, on: bool) -> None:
    expect_ok(real.client.update("/config/image_format", geometry_transform=on))


def user_mask(real: RealBroker) -> np.ndarray:
    return np.frombuffer(real.api.config_user_mask_get(), "<u4")


def random_mask(modules: int) -> np.ndarray:
    return np.random.default_rng(modules).integers(0, 3, (modules, 512, 1024)) // 2


def assembled(raw_mask: np.ndarray) -> np.ndarray:
    """The three modules of ROWS by hand: first bottom left, mirrored."""
    image = np.zeros((1064, 2068), np.uint32)
    for module, (x, y) in zip(raw_mask, [(0, 0), (1038, 0), (0, 550)], strict=True):
        image[y : y + 514, x : x + 1030] = duplicated(module)
    return image[::-1]


def test_a_raw_upload_is_read_in_the_form_of_the_images(real: RealBroker) -> None:
    """B183, B184, B186: any value but 0 masks; gaps are not part of the user mask."""
    mask = random_mask(3)
    real.api.config_user_mask_put((mask * 0xABCDEF01).astype("<u4").tobytes())
    np.testing.assert_array_equal(user_mask(real), assembled(mask).ravel())
    conversion(real, False)
    np.testing.assert_array_equal(user_mask(real), mask.ravel())


def test_a_converted_upload_is_read_as_raw(real: RealBroker) -> None:
    """B186: gaps are ignored, and a multipixel is masked with any of its parts."""
    mask = random_mask(3)
    image = assembled(mask)
    gaps = ~assembled(np.ones((3, 512, 1024))).astype(bool)
    image[gaps] = 7
    corner = np.argwhere(assembled(_only(0, 255, 256)))[2]
    image[tuple(corner)] = 1
    mask[0, 255, 256] = 1
    real.api.config_user_mask_put(np.ascontiguousarray(image).astype("<u4").tobytes())
    np.testing.assert_array_equal(user_mask(real), assembled(mask).ravel())
    conversion(real, False)
    np.testing.assert_array_equal(user_mask(real), mask.ravel())


def _only(module: int, row: int, column: int) -> np.ndarray:
    mask = np.zeros((3, 512, 1024), np.uint32)
    mask[module, row, column] = 1
    return mask


@pytest.mark.parametrize("on", [True, False])
def test_what_is_read_can_be_put_back(real: RealBroker, on: bool) -> None:
    """Bytes and TIFF, in both forms, for a geometry of turned modules too."""
    for detector_id, modules in ((0, 3), (1, 2)):
        real.api.config_select_detector_put(DetectorSelection(id=detector_id))
        real.client.initialize()
        conversion(real, False)
        real.api.config_user_mask_put(random_mask(modules).astype("<u4").tobytes())
        conversion(real, on)
        octets, picture = real.api.config_user_mask_get(), real.api.config_user_mask_tiff_get()
        for put, body in (
            (real.api.config_user_mask_put, octets),
            (real.api.config_user_mask_tiff_put, picture),
        ):
            real.api.config_user_mask_put(bytes(modules * 512 * 1024 * 4))
            put(bytes(body))
            assert real.api.config_user_mask_get() == octets
        conversion(real, False)
        np.testing.assert_array_equal(user_mask(real), random_mask(modules).ravel())
    real.api.config_select_detector_put(DetectorSelection(id=0))


def test_turned_modules(real: RealBroker) -> None:
    """The converted form is where the modules are, by the layout the images use."""
    real.api.config_select_detector_put(DetectorSelection(id=1))
    real.client.initialize()
    mask = random_mask(2)
    real.api.config_user_mask_put(mask.astype("<u4").tobytes())
    image = user_mask(real).reshape(1030, -1)
    np.testing.assert_array_equal(image[:, :514], duplicated(mask[0]).T)
    np.testing.assert_array_equal(image[20:534, 671:1701], duplicated(mask[1])[:, ::-1])
    real.api.config_select_detector_put(DetectorSelection(id=0))


@pytest.mark.parametrize("size", [0, 1, 3 * 512 * 1024 * 2, 1064 * 2068 * 4 - 4, 514 * 1030 * 4])
def test_a_wrong_size_is_refused(real: RealBroker, size: int) -> None:
    """B188: 500 Other names what came and both sizes; the old mask stays."""
    mask = random_mask(3)
    real.api.config_user_mask_put(mask.astype("<u4").tobytes())
    with pytest.raises(ServiceException) as caught:
        real.api.config_user_mask_put(bytes(size))
    assert caught.value.data.reason == "Other"
    for text in (str(3 * 512 * 1024 * 4), str(1064 * 2068 * 4), f"got {size}"):
        assert text in caught.value.data.msg
    np.testing.assert_array_equal(user_mask(real), assembled(mask).ravel())


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "expected a TIFF image"),
        (tiff(np.zeros((1064, 2068), np.uint16)), "32-bit unsigned value per pixel, got uint16"),
        (tiff(np.zeros((1064, 2068), np.float32)), "32-bit unsigned value per pixel, got float32"),
        (tiff(np.zeros((2068, 1064), np.uint32)), "expected 1536 x 1024 or 1064 x 2068 pixels"),
        (tiff(np.zeros((1536, 1024), np.uint32), compression="zlib"), "uncompressed"),
    ],
)
def test_a_tiff_of_another_kind_is_refused(real: RealBroker, body: bytes, message: str) -> None:
    """B185, B188."""
    with pytest.raises(ServiceException) as caught:
        real.api.config_user_mask_tiff_put(body)
    assert caught.value.data.reason == "Other"
    assert message in caught.value.data.msg


def test_the_state_is_told_first(real: RealBroker) -> None:
    real.api.deactivate_post()
    with pytest.raises(ServiceException) as caught:
        real.api.config_user_mask_put(b"")
    assert caught.value.data.reason == "WrongDAQState"


def test_before_the_first_pedestal_the_mask_shows_what_is_known(tmp_path: Path) -> None:
    """B182: gaps, edges and the user mask, in any state."""
    with running_real_broker(configuration(detector(modules=2)), tmp_path) as real:
        real.client.initialize()
        chosen = np.zeros((2, 512, 1024), "<u4")
        chosen[0, 100, 300] = 1
        real.api.config_user_mask_put(chosen.tobytes())
    with running_real_broker(configuration(detector(modules=2)), tmp_path) as real:
        assert real.api.status_get().state == "Inactive"
        mask = np.frombuffer(real.api.config_mask_get(), "<u4").reshape(1064, 1030)[::-1]
    assert np.all(mask[514:550] == 1)
    assert mask[100, 302] == 1 << 8
    assert mask[0, 300] == mask[550, 300] == 1 << 30
    assert mask[200, 256] == mask[256, 200] == 1 << 31
    assert mask[0, 256] == (1 << 30) | (1 << 31)
    assert set(np.unique(mask)) == {0, 1, 1 << 8, 1 << 30, 1 << 31, (1 << 30) | (1 << 31)}


def test_bits_of_the_pedestal(tmp_path: Path) -> None:
    """B110, B112, B175: seen at once when the settings of the image format change."""
    path = tmp_path / "calibration.h5"
    arrays = {name: np.zeros((1, 1, 512, 1024), np.float32) for name in _CALIBRATION}
    arrays["pedestal_g1"][0, 0, 10, 20] = np.nan
    arrays["pedestal_g0"][0, 0, 10, 30] = np.nan
    arrays["pedestal_rms_g0"][0, 0, 10, 40] = 60
    with h5py.File(path, "w") as file:
        for name, values in arrays.items():
            file[name] = values
    with running_real_broker(configuration(), tmp_path, path) as real:
        expect_ok(real.client.post("/config/image_format/raw"))
        expect_ok(real.client.update("/config/image_format", **NO_EDGES))
        assert _bits(real) == {(10, 20): 2, (10, 30): 2}
        assert real.broker.report.pixel_mask().wrong_gain == 2
        expect_ok(
            real.client.update(
                "/config/image_format",
                jungfrau_mask_pixels_without_g0=False,
                jungfrau_pedestal_g0_rms_limit=59,
            )
        )
        assert _bits(real) == {(10, 20): 2, (10, 40): 4}
        statistics = real.broker.report.pixel_mask()
        assert (statistics.wrong_gain, statistics.too_high_pedestal_rms) == (1, 1)
        assert statistics.user_mask == 0


def test_the_pedestal_of_other_settings_says_nothing_about_pixels(tmp_path: Path) -> None:
    """As in a run: with fixed gain G1 only G1 matters (B093), with other storage cells nothing."""
    path = tmp_path / "calibration.h5"
    with h5py.File(path, "w") as file:
        for name in _CALIBRATION:
            file[name] = np.zeros((1, 1, 512, 1024), np.float32)
        file["pedestal_g0"][0, 0, 10, 30] = np.nan
        file["pedestal_g1"][0, 0, 10, 20] = np.nan
        file["pedestal_rms_g0"][0, 0, 10, 40] = 101
    with running_real_broker(configuration(), tmp_path, path) as real:
        expect_ok(real.client.post("/config/image_format/raw"))
        expect_ok(real.client.update("/config/image_format", **NO_EDGES))
        assert _bits(real) == {(10, 20): 2, (10, 30): 2, (10, 40): 4}
        expect_ok(real.client.update("/config/detector", jungfrau_fixed_gain_g1=True))
        assert _bits(real) == {(10, 20): 2}
        expect_ok(real.client.update("/config/detector", jungfrau_storage_cell_count=2))
        assert _bits(real) == {}


_CALIBRATION = ("pedestal_g0", "pedestal_g1", "pedestal_g2", "pedestal_rms_g0")


def _bits(real: RealBroker) -> dict[tuple[int, int], int]:
    """The masked pixels of one raw module."""
    mask = np.frombuffer(real.api.config_mask_get(), "<u4").reshape(512, 1024)
    return {(int(y), int(x)): int(mask[y, x]) for y, x in np.argwhere(mask)}


def test_another_arrangement_of_the_modules_keeps_the_masked_pixels(tmp_path: Path) -> None:
    """The file in the state directory holds modules, and TIFF readers show it."""
    chosen = np.zeros((2, 512, 1024), "<u4")
    chosen[1, 40:90, 7:300] = 1
    with running_real_broker(configuration(detector(modules=2)), tmp_path) as real:
        real.client.initialize()
        real.api.config_user_mask_put(chosen.tobytes())
    turned = {**TURNED, "serial_number": "TEST-0001"}
    with running_real_broker(configuration(turned), tmp_path) as real:
        expected = module_layout(Detector.model_validate(turned), assembled=True).to_image(
            chosen, 0
        )
        np.testing.assert_array_equal(user_mask(real), expected.ravel())
        conversion(real, False)
        np.testing.assert_array_equal(user_mask(real), chosen.ravel())
        assert (
            bytes(real.api.config_user_mask_tiff_get())
            == (tmp_path / "state" / "user_mask" / "TEST-0001.tiff").read_bytes()
        )


@pytest.mark.parametrize("content", [b"no TIFF", tiff(np.zeros((512, 1024), np.uint32))])
def test_a_file_that_is_no_mask_of_the_detector_is_set_aside(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "state" / "user_mask" / "TEST-0001.tiff"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with running_real_broker(configuration(detector(modules=2)), tmp_path) as real:
        assert not user_mask(real).any()
    assert "TEST-0001.tiff can't be used" in caplog.text
    assert path.with_name("TEST-0001.tiff.corrupt-1").read_bytes() == content
