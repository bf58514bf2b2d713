"""What survives the end of the broker's process: settings, calibration, run number."""

from pathlib import Path

import h5py
import numpy as np

from tests.helpers.broker_client import BrokerClient, expect_ok
from tests.helpers.configurations import Setup, dataset
from tests.helpers.real_module import JungfrauModule
from tests.helpers.real_module_broker import upload_frames
from tests.helpers.saved_run import files_below, saved_image_count, saved_images
from tests.helpers.services import running_broker, running_writer

_NOMINAL_GAINS = (41.0, -1.439, -0.1145)


def _run_number(client: BrokerClient) -> int:
    return int(client.measure(dataset("", 1))["run_number"])


def test_settings_and_run_number_survive_a_restart(tmp_path: Path) -> None:
    """A PUT counts until the configuration file itself is changed."""
    setup = Setup(module_count=1)
    with running_broker(setup.configuration(), tmp_path) as broker:
        expect_ok(broker.client.update("/config/detector", frame_time_us=2000))
        expect_ok(broker.client.update("/config/image_format", mask_chip_edges=False))
        broker.client.initialize()
        first = _run_number(broker.client)
    with running_broker(setup.configuration(), tmp_path) as broker:
        assert broker.client.state() == "Inactive"
        assert broker.client.get("/config/detector").json()["frame_time_us"] == 2000
        assert broker.client.get("/config/image_format").json()["mask_chip_edges"] is False
        broker.client.initialize()
        assert _run_number(broker.client) > first
    changed = Setup(module_count=1, detector_settings={"frame_time_us": 1500})
    with running_broker(changed.configuration(), tmp_path) as broker:
        assert broker.client.get("/config/detector").json()["frame_time_us"] == 1500
        assert broker.client.get("/config/image_format").json()["mask_chip_edges"] is False


def _module_with_pedestal_of(calibration: Path, adc: int) -> JungfrauModule:
    """Every pixel reads the same; gains are the nominal ones."""
    with h5py.File(calibration) as file:
        pedestal = np.stack([file[f"pedestal_g{stage}"][0, 0] for stage in range(3)])
        rms = file["pedestal_rms_g0"][0, 0]
    shape = pedestal.shape
    return JungfrauModule(
        raw=np.full((1, *shape[1:]), adc, np.uint16),
        pedestal=pedestal,
        pedestal_rms_g0=rms,
        gain=np.broadcast_to(np.array(_NOMINAL_GAINS)[:, None, None], shape),
        gain_measured=np.ones(shape, np.bool_),
    )


def test_a_measured_pedestal_is_used_after_a_restart(tmp_path: Path) -> None:
    """Seen in the photons: with the internal generator nothing is measured anew."""
    setup = Setup(module_count=1)
    with running_broker(setup.configuration(), tmp_path) as broker:
        broker.client.initialize()
    module = _module_with_pedestal_of(tmp_path / "state" / "calibration" / "TEST-0001.h5", 5000)
    with (
        running_broker(setup.configuration(), tmp_path) as broker,
        running_writer(setup.image_address, tmp_path / "files"),
    ):
        expect_ok(broker.client.update("/config/detector", internal_frame_generator=True))
        broker.client.initialize()
        upload_frames(broker.client, module)
        broker.client.measure(dataset("kept", 1))
    image = saved_images(tmp_path / "files" / "kept_master.h5")[0]
    expected = module.image([0], "int16")
    assert len(np.unique(expected.lowest)) > 2, "the pedestal can't be seen in such photons"
    assert expected.wrong_pixels(image) == 0


def test_a_broker_ended_in_the_middle_of_a_run_ends_the_run(tmp_path: Path) -> None:
    """SIGTERM cancels: what was sent is in whole files, and the exit code is 0."""
    setup = Setup(module_count=1)
    with running_writer(setup.image_address, tmp_path / "files"):
        with running_broker(setup.configuration(), tmp_path) as broker:
            broker.client.initialize()
            broker.client.start(dataset("ended", 1_000_000))
            broker.client.wait_for_images(20)
            broker.process.stop()
        assert files_below(tmp_path / "files") == {"ended_master.h5", "ended_data_000001.h5"}
        assert saved_image_count(tmp_path / "files" / "ended_master.h5") >= 20


def test_a_killed_broker_comes_back(tmp_path: Path) -> None:
    """``kill -9`` in the middle of a run: Inactive, and the same writer takes the next run."""
    setup = Setup(module_count=1)
    with running_writer(setup.image_address, tmp_path / "files"):
        with running_broker(setup.configuration(), tmp_path) as broker:
            broker.client.initialize()
            broker.client.start(dataset("killed", 1_000_000))
            broker.client.wait_for_images(20)
            broker.process.kill()
        with running_broker(setup.configuration(), tmp_path) as broker:
            assert broker.client.state() == "Inactive"
            broker.client.initialize()
            broker.client.measure(dataset("next", 5))
        assert saved_image_count(tmp_path / "files" / "next_master.h5") == 5


def test_a_run_number_given_by_hand_counts_on(tmp_path: Path) -> None:
    """B060: a higher number is where counting goes on, also after a restart."""
    setup = Setup(module_count=1)
    with running_broker(setup.configuration(), tmp_path) as broker:
        broker.client.initialize()
        assert broker.client.measure(dataset("", 1, run_number=500))["run_number"] == 500
    with running_broker(setup.configuration(), tmp_path) as broker:
        broker.client.initialize()
        assert _run_number(broker.client) == 501
