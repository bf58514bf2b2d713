"""Two simulated detectors behind one broker, from selection to the files."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from tests.helpers.broker_client import BrokerClient, expect_ok
from tests.helpers.configurations import Setup, dataset
from tests.helpers.saved_run import saved_images
from tests.helpers.services import running_broker, running_writer


def two_detectors(setup: Setup) -> dict[str, Any]:
    """The second one has two modules, not mirrored, farther apart."""
    configuration = setup.configuration()
    second = {
        **configuration["detector"][0],
        "serial_number": "SECOND",
        "standard_geometry": {"nmodules": 2, "gap_y": 100},
        "mirror_y": False,
    }
    configuration["detector"].append(second)
    return configuration


def take_run(client: BrokerClient, detector_id: int, prefix: str) -> None:
    expect_ok(client.put("/config/select_detector", {"id": detector_id}))
    assert client.state() == "Inactive"
    client.initialize()
    mask = np.zeros((detector_id + 1, 512, 1024), "<u4")
    mask[detector_id, 100, 100 * detector_id + 10] = 1
    body = mask.tobytes()
    expect_ok(client.put_bytes("/config/user_mask", body, "application/octet-stream"))
    client.measure(dataset(prefix, 5))


def test_each_run_is_that_of_its_detector(tmp_path: Path) -> None:
    """B132-B134: geometry, serial number, calibration and mask; there and back again."""
    setup = Setup(module_count=1, serial_number="FIRST")
    files = tmp_path / "files"
    with (
        running_broker(two_detectors(setup), tmp_path) as broker,
        running_writer(setup.image_address, files),
    ):
        for number, detector_id in enumerate((0, 1, 0)):
            take_run(broker.client, detector_id, f"run{number}")
    assert [saved_images(files / f"run{n}_master.h5").shape for n in range(3)] == [
        (5, 514, 1030),
        (5, 1128, 1030),
        (5, 514, 1030),
    ]
    masked = [(513 - 100, 10), (614 + 100, 110), (513 - 100, 10)]
    for number, (serial_number, place) in enumerate(
        zip(("FIRST", "SECOND", "FIRST"), masked, strict=True)
    ):
        with h5py.File(files / f"run{number}_master.h5") as file:
            detector = file["/entry/instrument/detector"]
            assert detector["serial_number"][()].decode() == serial_number
            assert np.argwhere(detector["pixel_mask"][:] & (1 << 8)).tolist() == [list(place)]
            pedestal = detector["calibration/pedestal_g0"][:]
        with h5py.File(tmp_path / "state" / "calibration" / f"{serial_number}.h5") as file:
            kept = file["pedestal_g0"][0]
        assert pedestal.shape == (kept.shape[0] * 512, 1024)
        # The third run measured the first detector's pedestal anew.
        if number > 0:
            np.testing.assert_array_equal(pedestal, kept.reshape(pedestal.shape))
