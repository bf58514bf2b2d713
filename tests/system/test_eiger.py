"""A simulated EIGER from its counters to the files, pixel by pixel."""

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import h5py
import hdf5plugin  # noqa: F401  (registers the filters images are compressed with)
import numpy as np
import pytest
from numpy.typing import NDArray

from jfjoch.detector.simulated.eiger import SimulatedEiger
from jfjoch.geometry.modules import module_layout
from jfjoch.model.detector import Detector
from jfjoch.model.eiger_counter import EigerCounter
from tests.helpers.broker_client import BrokerClient, expect_ok
from tests.helpers.configurations import Setup, dataset
from tests.helpers.frame_plans import frame_plan
from tests.helpers.saved_run import saved_images
from tests.helpers.services import running_broker, running_writer
from tests.reference.counter import with_chip_gaps

IMAGES = 4
LIMITS = {8: 255, 16: 4095, 32: 2**32 - 1}


class Facility(NamedTuple):
    """A broker with one EIGER 500k, initialized, and where its files go."""

    client: BrokerClient
    files: Path
    state: Path


@pytest.fixture(scope="module")
def facility(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Facility]:
    directory = tmp_path_factory.mktemp("eiger")
    # What only a JUNGFRAU has would be refused of one.
    settings = {"jungfrau_pedestal_g0_frames": 0, "timing": "auto"}
    setup = Setup(module_count=1, detector_type="EIGER", detector_settings=settings)
    with (
        running_broker(setup.configuration(), directory) as broker,
        running_writer(setup.image_address, directory / "files"),
    ):
        broker.client.initialize()
        yield Facility(broker.client, directory / "files", directory / "state")


@pytest.fixture(scope="module")
def photons() -> NDArray[np.int64]:
    """Photons of the frames the detector of the tests sees, [frames, 512, 1024]."""
    setup = Setup(module_count=1, detector_type="EIGER").configuration()
    detector = Detector.model_validate(setup["detector"][0])
    twin = SimulatedEiger(
        module_layout(detector, assembled=True), zlib.crc32(detector.serial_number.encode())
    )
    twin.switch_on()
    twin.start(
        frame_plan(
            frame_count=3 * IMAGES,
            counter=EigerCounter(32),
            threshold_energy_keV=6.2,
            photon_energy_keV=12.4,
        )
    )
    return np.stack([twin.true_photons(n)[0] for n in range(3 * IMAGES)]).astype(np.int64)


def expected_image(counts: NDArray[np.int64], bits: int, dtype: str) -> NDArray[np.integer]:
    """[frames, 512, 1024] -> image; a full counter in any frame makes the pixel saturated."""
    highest = np.iinfo(dtype).max
    total = counts.sum(axis=0)
    limit = min(LIMITS[bits], highest - 1) if len(counts) == 1 else highest - 1
    saturated = (counts >= LIMITS[bits]).any(axis=0) | (total >= limit)
    image = with_chip_gaps(np.where(saturated, highest, total).astype(dtype), highest)
    return image[::-1]


def master(facility: Facility, prefix: str) -> h5py.File:
    return h5py.File(facility.files / f"{prefix}_master.h5")


@pytest.mark.parametrize("compression", ["bslz4", "bszstd_rle"])
@pytest.mark.parametrize("bits", [8, 16, 32])
def test_frames_of_every_depth(
    facility: Facility, photons: NDArray[np.int64], bits: int, compression: str
) -> None:
    """B089, B106: without summation images have the depth of the counters."""
    expect_ok(facility.client.update("/config/detector", eiger_bit_depth=bits))
    assert facility.client.wait_till_done() == 200
    prefix = f"frames_{bits}_{compression}"
    statistics = facility.client.measure(dataset(prefix, IMAGES, compression=compression))
    assert statistics["images_sent"] == IMAGES
    images = saved_images(facility.files / f"{prefix}_master.h5")
    assert images.dtype == f"uint{bits}"
    for number, image in enumerate(images):
        expected = expected_image(photons[number : number + 1], bits, f"uint{bits}")
        np.testing.assert_array_equal(image, expected)


@pytest.mark.parametrize("bits", [8, 16, 32])
def test_sums(facility: Facility, photons: NDArray[np.int64], bits: int) -> None:
    """B038, B102: three frames per image, 32 bit by the automatic rule."""
    expect_ok(facility.client.update("/config/detector", eiger_bit_depth=bits))
    assert facility.client.wait_till_done() == 200
    prefix = f"sums_{bits}"
    facility.client.measure(dataset(prefix, IMAGES, image_time_us=3000))
    images = saved_images(facility.files / f"{prefix}_master.h5")
    assert images.dtype == np.uint32
    for number, image in enumerate(images):
        expected = expected_image(photons[3 * number : 3 * number + 3], bits, "uint32")
        np.testing.assert_array_equal(image, expected)


def test_what_the_file_says(facility: Facility) -> None:
    """B088, B089: automatic depth and threshold; gaps, also between chips, have mask bit 0."""
    settings = facility.client.get("/config/detector").json()
    settings.pop("eiger_bit_depth", None)
    expect_ok(facility.client.put("/config/detector", settings))
    assert facility.client.wait_till_done() == 200
    facility.client.measure(dataset("automatic", 6, image_time_us=300))
    with master(facility, "automatic") as file:
        detector = file["/entry/instrument/detector"]
        assert detector["bit_depth_readout"][()] == 8
        assert detector["bit_depth_image"][()] == 8
        assert detector["threshold_energy"][()] == pytest.approx(6200)
        assert detector["saturation_value"][()] == 254
        assert detector["error_value"][()] == 255
        assert detector["frame_time"][()] == pytest.approx(300e-6)
        assert detector["count_time"][()] == pytest.approx(297e-6)
        assert "calibration" not in detector
        assert "underload_value" not in detector
        mask = detector["pixel_mask"][()]
        assert not detector["detectorSpecific/jungfrau_conversion_applied"][()]
        image = file["/entry/data/data"][0]
    gaps = with_chip_gaps(np.zeros((512, 1024), np.uint8), 1) == 1
    np.testing.assert_array_equal(mask & 1 == 1, gaps[::-1])
    assert np.all(image[gaps[::-1]] == 255)


def test_set_threshold_above_the_photons(facility: Facility) -> None:
    """B088: it is used whatever the energy; then there is nothing to count."""
    expect_ok(facility.client.update("/config/detector", eiger_threshold_keV=20.0))
    assert facility.client.wait_till_done() == 200
    facility.client.measure(dataset("dark", 1))
    with master(facility, "dark") as file:
        assert file["/entry/instrument/detector/threshold_energy"][()] == pytest.approx(20e3)
        image = file["/entry/data/data"][0]
    assert np.count_nonzero(image == 0) == 512 * 1024
    settings = facility.client.get("/config/detector").json()
    del settings["eiger_threshold_keV"]
    expect_ok(facility.client.put("/config/detector", settings))
    assert facility.client.wait_till_done() == 200


def test_uploaded_frames_of_converted_size(facility: Facility) -> None:
    """B128: what stands in the gaps does not matter; numbers above 255 end an 8-bit counter."""
    rng = np.random.default_rng(1)
    raw = rng.integers(0, 300, (512, 1024), np.uint16)
    expect_ok(
        facility.client.update("/config/detector", internal_frame_generator=True, eiger_bit_depth=8)
    )
    assert facility.client.wait_till_done() == 200
    body = np.ascontiguousarray(with_chip_gaps(raw, 60000)[::-1]).astype("<u2").tobytes()
    path = "/config/internal_generator_image?id=0"
    expect_ok(facility.client.put_bytes(path, body, "application/octet-stream"))
    facility.client.measure(dataset("uploaded", 1))
    image = saved_images(facility.files / "uploaded_master.h5")[0]
    expected = expected_image(raw[np.newaxis].astype(np.int64), 8, "uint8")
    np.testing.assert_array_equal(image, expected)
    expect_ok(facility.client.update("/config/detector", internal_frame_generator=False))
    assert facility.client.wait_till_done() == 200


def test_nothing_is_measured(facility: Facility) -> None:
    """The pedestal ends at once, in Idle, and leaves nothing on disk."""
    expect_ok(facility.client.post("/pedestal"))
    assert facility.client.wait_till_done() == 200
    status = facility.client.status()
    assert status["state"] == "Idle"
    assert "no pedestal" in status["message"]
    assert not list(facility.state.glob("calibration/*"))
