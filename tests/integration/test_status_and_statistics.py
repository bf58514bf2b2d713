"""What watchers are told by the real broker: detector, devices, calibration, pulses, all of it."""

import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jfjoch_client as jf
import numpy as np
import pytest
import tifffile
from jfjoch_client.exceptions import NotFoundException, ServiceException

import jfjoch
from jfjoch.errors import DetectorError
from jfjoch.model.detector_status import DetectorStatus
from tests.helpers.broker_client import expect_ok
from tests.helpers.configurations import QUICK_PEDESTAL, dataset
from tests.helpers.http_service import running_http_service
from tests.helpers.in_memory_broker import InMemoryReport
from tests.helpers.real_broker import RealBroker, configuration, detector, running_real_broker
from tests.helpers.service_process import wait_until

PACKETS_PER_FRAME = 128
SIMULATED = {"frame_time_us": 1000, "timing": "trigger", **QUICK_PEDESTAL}
PULSED = {"source_name": "Laser", "instrument_name": "Hutch", "pulsed_source": True}


@pytest.fixture
def generator(tmp_path: Path) -> Iterator[RealBroker]:
    """Frames come from the internal generator."""
    with running_real_broker(configuration(), tmp_path) as real:
        yield real


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealBroker]:
    """Frames come from a simulated JUNGFRAU that waits for triggers."""
    content = configuration(detector(high_voltage_V=150), detector_settings=SIMULATED)
    with running_real_broker(content, tmp_path_factory.mktemp("simulated")) as real:
        yield real


def cancel(real: RealBroker) -> None:
    real.api.cancel_post()
    assert real.client.wait_till_done() == 200


def test_the_detector_tells_how_it_is(simulated: RealBroker) -> None:
    """B145: through a whole life; 404 while it is Inactive."""
    with pytest.raises(NotFoundException):
        simulated.api.detector_status_get()
    simulated.client.initialize()
    status = simulated.api.detector_status_get()
    assert (status.state, status.powerchip) == ("Idle", "PowerOn")
    assert (status.high_voltage_v, status.fpga_temp_deg_c) == ([150], [])
    assert (status.server_version, status.number_of_triggers_left) == (
        f"simulated, {jfjoch.__version__}",
        0,
    )
    simulated.client.start(dataset("", 2, ntrigger=3))
    status = simulated.api.detector_status_get()
    assert (status.state, status.number_of_triggers_left) == ("Waiting", 3)
    simulated.api.trigger_post()
    simulated.client.wait_for_images(2)
    status = simulated.api.detector_status_get()
    assert (status.state, status.number_of_triggers_left) == ("Waiting", 2)
    cancel(simulated)
    status = simulated.api.detector_status_get()
    assert (status.state, status.number_of_triggers_left) == ("Idle", 0)
    simulated.api.deactivate_post()
    with pytest.raises(NotFoundException):
        simulated.api.detector_status_get()


def test_the_detector_is_busy_while_frames_come(generator: RealBroker) -> None:
    """B145: with the internal generator it has nothing to do."""
    generator.client.initialize()
    generator.client.start(dataset("", 1_000_000))
    assert generator.api.detector_status_get().state == "Idle"
    cancel(generator)
    settings = SIMULATED | {"timing": "auto"}
    expect_ok(generator.client.put("/config/detector", settings))
    assert generator.client.wait_till_done() == 200
    generator.client.start(dataset("", 1_000_000))
    status = generator.api.detector_status_get()
    assert (status.state, status.number_of_triggers_left) == ("Busy", 0)
    cancel(generator)


class SilentDetector(InMemoryReport):
    """It does not answer."""

    def detector_status(self) -> DetectorStatus | None:
        raise DetectorError("the detector does not answer; check its network")


def test_a_detector_that_does_not_answer() -> None:
    """B145: 500 with a text, no JSON."""
    with running_http_service() as service:
        service.broker.report = SilentDetector(service.broker.status)
        with pytest.raises(ServiceException) as caught:
            service.client.detector_status_get()
        answer = service.http.get("/detector/status")
    assert caught.value.status == answer.status_code == 500
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text == "the detector does not answer; check its network"


def test_devices(generator: RealBroker) -> None:
    """B144: packets are those of the present or last run; idle is when nothing is in work."""
    (device,) = generator.api.fpga_status_get()
    assert (device.pci_dev_id, device.fw_version) == ("internal generator", jfjoch.__version__)
    assert (device.serial_number, device.base_mac_addr) == ("", "")
    assert (device.eth_link_count, device.eth_link_status, device.power_usage_w) == (0, 0, 0)
    assert (device.packets_udp, device.packets_sls, device.idle) == (0, 0, True)
    generator.client.initialize()
    for images in (7, 3):
        generator.client.measure(dataset("", images))
        (device,) = generator.api.fpga_status_get()
        assert device.packets_sls == device.packets_udp == images * PACKETS_PER_FRAME
        assert device.idle
    generator.client.start(dataset("", 1_000_000))
    (device,) = generator.api.fpga_status_get()
    assert not device.idle
    generator.client.wait_for_images(2)
    (device,) = generator.api.fpga_status_get()
    assert device.packets_sls >= 2 * PACKETS_PER_FRAME
    cancel(generator)
    (device,) = generator.api.fpga_status_get()
    assert device.idle


def test_calibration_of_the_measured_pedestal(simulated: RealBroker) -> None:
    """B174: the means are those of the pedestal images; nothing before initialize."""
    if simulated.client.state() == "Inactive":
        assert simulated.api.statistics_calibration_get() == []
        simulated.client.initialize()
    (entry,) = simulated.api.statistics_calibration_get()
    assert (entry.module_number, entry.storage_cell_number) == (0, 0)
    means = (entry.pedestal_g0_mean, entry.pedestal_g1_mean, entry.pedestal_g2_mean)
    for level, mean in enumerate(means):
        pixels = tifffile.imread(io.BytesIO(simulated.api.preview_pedestal_tiff_get(level)))
        usable = pixels[pixels <= 16383].astype(np.float64)
        assert usable.size > 500_000
        assert mean == pytest.approx(usable.mean())
    gains = (entry.gain_g0_mean, entry.gain_g1_mean, entry.gain_g2_mean)
    assert gains == pytest.approx((41.0, -1.439, -0.1145))
    mask = np.frombuffer(simulated.api.config_mask_get(), "<u4")
    expect_ok(simulated.client.post("/config/image_format/raw"))
    mask = np.frombuffer(simulated.api.config_mask_get(), "<u4")
    expect_ok(simulated.client.post("/config/image_format/conversion"))
    assert entry.masked_pixels == np.count_nonzero(mask & 0b110)


def test_calibration_follows_the_storage_cells(generator: RealBroker) -> None:
    """B174: an entry for each; the generator has pedestal 0."""
    assert generator.api.statistics_calibration_get() == []
    generator.client.initialize()
    assert len(generator.api.statistics_calibration_get()) == 1
    expect_ok(generator.client.update("/config/detector", jungfrau_storage_cell_count=4))
    assert generator.client.wait_till_done() == 200
    entries = generator.api.statistics_calibration_get()
    assert [entry.storage_cell_number for entry in entries] == [0, 1, 2, 3]
    assert {entry.pedestal_g0_mean for entry in entries} == {0.0}


def test_pulses_of_a_run(tmp_path: Path) -> None:
    """B146, B147: one per image of the present or last run; -1 where none was recorded."""
    with running_real_broker(configuration(instrument=PULSED), tmp_path) as real:
        for ask in (real.api.xfel_pulse_id_get, real.api.xfel_event_code_get):
            with pytest.raises(NotFoundException):
                ask()
        real.client.initialize()
        real.client.measure(dataset("", 1, ntrigger=6))
        ids, codes = real.api.xfel_pulse_id_get(), real.api.xfel_event_code_get()
        assert ids == list(range(ids[0], ids[0] + 6))
        assert codes == [1 + pulse % 2 for pulse in ids]
        real.client.start(dataset("", 1, ntrigger=100_000))
        real.client.wait_for_images(3)
        present = real.api.xfel_pulse_id_get()
        assert len(present) == 100_000
        assert present[0] == ids[-1] + 1
        assert present[-1] == -1
        cancel(real)
        collected = real.client.statistics()["images_collected"]
        for numbers in (real.api.xfel_pulse_id_get(), real.api.xfel_event_code_get()):
            assert sum(number != -1 for number in numbers) == collected
        expect_ok(real.client.update("/config/instrument", pulsed_source=False))
        real.client.measure(dataset("", 2))
        with pytest.raises(NotFoundException):
            real.api.xfel_pulse_id_get()


PARTS = {
    "detector": "/detector/status",
    "detector_list": "/config/select_detector",
    "detector_settings": "/config/detector",
    "image_format_settings": "/config/image_format",
    "instrument_metadata": "/config/instrument",
    "data_processing_settings": "/config/spot_finding",
    "measurement": "/statistics/data_collection",
    "broker": "/status",
    "fpga": "/fpga_status",
    "calibration": "/statistics/calibration",
    "zeromq_preview": "/config/zeromq_preview",
    "zeromq_metadata": "/config/zeromq_metadata",
    "roi": "/config/roi",
}


def pooled(real: RealBroker) -> dict[str, Any]:
    answer = real.client.get("/statistics")
    expect_ok(answer)
    content: dict[str, Any] = answer.json()
    return content


def test_all_parts_are_those_of_their_own_requests(generator: RealBroker) -> None:
    """B170: before initialize there is no detector, before the first run no measurement."""
    before = pooled(generator)
    assert before.keys() == PARTS.keys() - {"detector", "measurement"} | {"pixel_mask"}
    assert before["calibration"] == []
    generator.client.initialize()
    generator.client.measure(dataset("", 5))
    expect_ok(generator.client.update("/config/spot_finding", enable=False))
    after = pooled(generator)
    assert after.keys() == PARTS.keys() | {"pixel_mask"}
    for part, path in PARTS.items():
        assert after[part] == generator.client.get(path).json(), part
    assert after["measurement"]["images_collected"] == 5


def test_masked_pixels_are_counted(generator: RealBroker) -> None:
    """B175: the answer follows an upload."""
    generator.client.initialize()
    nothing = {"user_mask": 0, "too_high_pedestal_rms": 0, "wrong_gain": 0}
    assert pooled(generator)["pixel_mask"] == nothing
    mask = np.zeros((512, 1024), "<u4")
    mask[100:110, 200:203] = 1
    generator.api.config_user_mask_put(mask.tobytes())
    assert pooled(generator)["pixel_mask"] == nothing | {"user_mask": 30}


def test_progress_and_figures_are_of_the_same_moment(generator: RealBroker) -> None:
    """B170: whatever the workers do meanwhile."""
    generator.client.initialize()
    expect_ok(generator.client.update("/config/detector", frame_time_us=500))
    assert generator.client.wait_till_done() == 200
    generator.client.start(dataset("", 1_000_000))
    for _ in range(20):
        answer = pooled(generator)
        assert answer["broker"]["state"] == "Measuring"
        collected = answer["measurement"]["images_collected"]
        assert answer["broker"]["progress"] == collected / 1_000_000
        assert answer["fpga"][0]["idle"] is False
    wait_until(lambda: pooled(generator)["measurement"]["images_collected"] > 0, "an image")
    cancel(generator)
    assert pooled(generator)["measurement"]["cancelled"] is True


@pytest.mark.parametrize(
    ("query", "deflated"),
    [
        ("", True),
        ("?compression=true", True),
        ("?compression=false", False),
        ("?compression=x", True),
    ],
)
def test_compression(generator: RealBroker, query: str, deflated: bool) -> None:
    """B013: DEFLATE whatever the client accepts, unless it says no."""
    with httpx.stream(
        "GET",
        f"{generator.client.url}/statistics{query}",
        headers={"Accept-Encoding": "identity"},
        trust_env=False,
    ) as answer:
        body = b"".join(answer.iter_raw())
        assert answer.headers.get("content-encoding") == ("deflate" if deflated else None)
    content = json.loads(zlib.decompress(body) if deflated else body)
    assert content["broker"]["state"] == "Inactive"


def test_the_published_client_reads_all_of_it(generator: RealBroker) -> None:
    """B170: with its own models, compressed or not."""
    generator.client.initialize()
    generator.client.measure(dataset("", 1))
    for compression in (True, False):
        statistics = generator.api.statistics_get(compression=compression)
        assert isinstance(statistics, jf.JfjochStatistics)
        assert statistics.broker is not None
        assert statistics.broker.state == "Idle"
        assert statistics.detector is not None
        assert statistics.detector.powerchip == "PowerOn"
