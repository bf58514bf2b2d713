"""Previews of real runs with frames of the internal generator."""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import fabio
import numpy as np
import pytest
import tifffile
from PIL import Image
from pyFAI.integrator.azimuthal import AzimuthalIntegrator

from jfjoch.calibration.pedestals import Pedestals
from jfjoch.calibration.store import save_pedestals
from jfjoch.preview import palette
from tests.helpers.broker_client import BrokerClient, expect_ok
from tests.helpers.configurations import QUICK_PEDESTAL, dataset
from tests.helpers.real_broker import RealBroker, configuration, detector, running_real_broker

HEIGHT, WIDTH = 514, 1030
BEAM_X, BEAM_Y = 410.25, 160.5
ENERGY_KEV, DISTANCE_MM, PIXEL_MM = 12.4, 100.0, 0.075
RING_ANGSTROM = 4.157
"""The first ring of LaB6, 100."""
GENERATOR = {"frame_time_us": 1000, "timing": "auto", "internal_frame_generator": True}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealBroker]:
    """One module; images are what was uploaded, and only the user mask masks."""
    with running_real_broker(configuration(), tmp_path_factory.mktemp("previews")) as real:
        real.client.initialize()
        unconverted = {"jungfrau_conversion": False, "bit_depth_image": 16, "signed_output": True}
        edges = {"mask_module_edges": False, "mask_chip_edges": False}
        expect_ok(real.client.update("/config/image_format", **unconverted, **edges))
        yield real


def upload(client: BrokerClient, pixels: np.ndarray, image_id: int = 0) -> None:
    path = f"/config/internal_generator_image?id={image_id}"
    body = pixels.astype("<u2").tobytes()
    expect_ok(client.put_bytes(path, body, "application/octet-stream"))


def letter_f(count: int) -> np.ndarray:
    """No mirror image of it is the same; far from the edges of chips."""
    image = np.zeros((HEIGHT, WIDTH), np.uint16)
    image[50:150, 300:320] = count
    image[50:70, 300:360] = count
    image[90:110, 300:340] = count
    return image


def measure(client: BrokerClient, images: int = 1) -> None:
    beam = {"beam_x_pxl": BEAM_X, "beam_y_pxl": BEAM_Y, "detector_distance_mm": DISTANCE_MM}
    client.measure(dataset("", images, **beam))


def tiff(client: BrokerClient, name: str = "image.tiff") -> np.ndarray:
    answer = client.get(f"/preview/{name}")
    expect_ok(answer)
    assert answer.headers["content-type"] == "image/tiff"
    return np.asarray(tifffile.imread(BytesIO(answer.content)))


def test_the_last_image_of_a_run(real: RealBroker) -> None:
    """B176-B179: the same pixels in all three forms; of several images the last."""
    client = real.client
    expect_ok(client.update("/config/detector", internal_frame_generator_images=3))
    assert client.wait_till_done() == 200
    for image_id in range(3):
        upload(client, letter_f(20 * (image_id + 1)), image_id)
    measure(client, images=6)
    image = tiff(client)
    assert image.dtype == np.int16
    np.testing.assert_array_equal(image, letter_f(60))
    np.testing.assert_array_equal(tiff(client, "calibration.tiff"), letter_f(60)[::-1])
    drawn = client.post("/preview/image.jpeg", {"saturation": 120})
    with Image.open(BytesIO(drawn.content)) as picture:
        grey = np.asarray(picture.convert("L")).astype(int)
    marked = np.zeros((HEIGHT, WIDTH), bool)
    marked[139:182, 389:432] = True  # the beam centre
    expected = np.where(letter_f(1), 128, 255)
    assert np.abs(grey - expected)[~marked].max() <= 4
    assert np.abs(grey - expected)[marked].max() > 40


def test_kept_until_the_first_image_of_the_next_run(real: RealBroker) -> None:
    """B176: uploading other frames changes nothing."""
    client = real.client
    expect_ok(client.update("/config/detector", internal_frame_generator_images=1))
    assert client.wait_till_done() == 200
    upload(client, letter_f(7))
    measure(client)
    np.testing.assert_array_equal(tiff(client), letter_f(7))
    upload(client, letter_f(9))
    np.testing.assert_array_equal(tiff(client), letter_f(7))
    measure(client)
    np.testing.assert_array_equal(tiff(client), letter_f(9))


def test_the_mask_of_the_run_is_what_is_shown(real: RealBroker) -> None:
    """B177, B179: masked pixels are 65535, and green when asked for."""
    client = real.client
    mask = np.zeros((HEIGHT, WIDTH), "<u4")
    mask[60:80, 310:350] = 1
    upload(client, letter_f(7))
    put = client.put_bytes("/config/user_mask", mask.tobytes(), "application/octet-stream")
    expect_ok(put)
    try:
        measure(client)
    finally:
        nothing = bytes(mask.nbytes)
        expect_ok(client.put_bytes("/config/user_mask", nothing, "application/octet-stream"))
    expected = np.where(mask, 65_535, letter_f(7))[::-1]
    np.testing.assert_array_equal(tiff(client, "calibration.tiff"), expected)
    answer = client.post("/preview/image.jpeg", {"saturation": 7, "show_user_mask": True})
    with Image.open(BytesIO(answer.content)) as picture:
        colour = np.asarray(picture)[70, 330].astype(int)
    assert np.abs(colour - palette.COLOURS[palette.USER_MASK]).max() <= 4


def bragg_two_theta_deg() -> float:
    """By Bragg's law; hc in keV Angstrom."""
    wavelength_angstrom = 12.398420 / ENERGY_KEV
    return float(np.degrees(2 * np.arcsin(wavelength_angstrom / (2 * RING_ANGSTROM))))


def powder() -> np.ndarray:
    """A ring on a flat background, drawn by its angle."""
    rows, columns = np.indices((HEIGHT, WIDTH))
    from_beam_mm = np.hypot(columns - BEAM_X, rows - BEAM_Y) * PIXEL_MM
    two_theta = np.degrees(np.arctan(from_beam_mm / DISTANCE_MM))
    ring = 8000 * np.exp(-(((two_theta - bragg_two_theta_deg()) / 0.1) ** 2) / 2)
    return np.asarray(100 + ring).astype(np.uint16)


def integrated_peak_deg(image: np.ndarray, beam_row: float) -> tuple[float, float]:
    """Where pyFAI finds the ring, and how high it stands above the background."""
    # pyFAI counts from the corner of the first pixel, we from its centre.
    integrator = AzimuthalIntegrator(
        dist=DISTANCE_MM * 1e-3,
        poni1=(beam_row + 0.5) * PIXEL_MM * 1e-3,
        poni2=(BEAM_X + 0.5) * PIXEL_MM * 1e-3,
        pixel1=PIXEL_MM * 1e-3,
        pixel2=PIXEL_MM * 1e-3,
        wavelength=12.398420 / ENERGY_KEV * 1e-10,
    )
    two_theta, intensity = integrator.integrate1d(
        image.astype(np.float32),
        2000,
        unit="2th_deg",
        mask=image == 65_535,
        correctSolidAngle=False,
        method=("no", "histogram", "cython"),
    )
    background = float(np.median(intensity))
    above = np.clip(intensity - background, 0, None)
    return float((two_theta * above).sum() / above.sum()), float(intensity.max() / background)


def test_pyfai_integrates_a_powder(real: RealBroker, tmp_path: Path) -> None:
    """B179: the ring is at its angle, with the row of the beam counted from the bottom."""
    client = real.client
    upload(client, powder())
    measure(client)
    path = tmp_path / "calibration.tiff"
    path.write_bytes(client.get("/preview/calibration.tiff").content)
    with fabio.open(path) as opened:
        image = np.asarray(opened.data)
    assert image.dtype == np.uint16
    angle, height = integrated_peak_deg(image, HEIGHT - 1 - BEAM_Y)
    assert angle == pytest.approx(bragg_two_theta_deg(), abs=0.005)
    assert height > 50
    _, height_if_not_mirrored = integrated_peak_deg(image, BEAM_Y)
    assert height_if_not_mirrored < 20


def pedestal(client: BrokerClient, query: str) -> np.ndarray | None:
    answer = client.get(f"/preview/pedestal.tiff?{query}")
    if answer.status_code == 404:
        return None
    expect_ok(answer)
    image = np.asarray(tifffile.imread(BytesIO(answer.content)))
    assert image.dtype == np.float32
    return image


def test_a_loaded_pedestal(tmp_path: Path) -> None:
    """B180: raw modules on each other, by stage and storage cell; not before initialize."""
    rng = np.random.default_rng(11)
    shape = (3, 2, 2, 512, 1024)
    mean = rng.uniform(0, 16_000, shape).astype(np.float32)
    mean[2, 1, 1, 7, 9] = np.nan
    rms = np.ones(shape, np.float32)
    loaded = Pedestals(mean, rms, "measured", datetime.now(UTC))
    save_pedestals(tmp_path / "calibration.h5", loaded, "TEST-0001", ())
    content = configuration(
        detector(modules=2),
        detector_settings={**GENERATOR, **QUICK_PEDESTAL, "jungfrau_storage_cell_count": 2},
    )
    with running_real_broker(content, tmp_path, tmp_path / "calibration.h5") as real:
        assert pedestal(real.client, "gain_level=0") is None
        real.client.initialize()
        for stage in range(3):
            for cell in range(2):
                expected = mean[stage, cell].reshape(1024, 1024)
                image = pedestal(real.client, f"gain_level={stage}&sc={cell}")
                np.testing.assert_array_equal(image, expected)
        assert pedestal(real.client, "gain_level=0&sc=2") is None
        expect_ok(real.client.post("/deactivate"))
        assert pedestal(real.client, "gain_level=0") is None


def test_a_pedestal_that_was_measured(tmp_path: Path) -> None:
    """B180: what the simulated detector has in the dark, not the 0 of before."""
    content = configuration(detector_settings={"frame_time_us": 1000, **QUICK_PEDESTAL})
    with running_real_broker(content, tmp_path) as real:
        real.client.initialize()
        g0 = pedestal(real.client, "gain_level=0")
        in_use = real.api.preview_pedestal_tiff_get(gain_level=0)
        np.testing.assert_array_equal(tifffile.imread(BytesIO(in_use)), g0)
        assert g0 is not None
        assert 1000 < np.nanmedian(g0) < 5000


def test_pedestal_0_of_the_internal_generator(tmp_path: Path) -> None:
    """B180: without a calibration 0 is in use, for as many storage cells as there are."""
    settings = {**GENERATOR, **QUICK_PEDESTAL, "jungfrau_storage_cell_count": 2}
    with running_real_broker(configuration(detector_settings=settings), tmp_path) as real:
        real.client.initialize()
        for cell in range(2):
            image = pedestal(real.client, f"gain_level=1&sc={cell}")
            np.testing.assert_array_equal(image, np.zeros((512, 1024)))
        assert pedestal(real.client, "gain_level=1&sc=2") is None


def test_an_eiger_has_no_pedestal(tmp_path: Path) -> None:
    content = configuration(
        detector(type="EIGER"), detector_settings={"frame_time_us": 1000, "timing": "auto"}
    )
    with running_real_broker(content, tmp_path) as real:
        real.client.initialize()
        assert pedestal(real.client, "gain_level=0") is None
        real.client.measure(dataset("", 2))
        assert tiff(real.client).shape == (514, 1030)
