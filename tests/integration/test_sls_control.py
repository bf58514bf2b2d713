"""Detector control with the real slsdet, against the control server of the simulator."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from jfjoch.errors import DetectorError, InvalidInput
from jfjoch.model.eiger_counter import EigerCounter, ReadoutBits
from tests.helpers.sls_bench import SLSDET_IS_THERE, SlsBench, shared_memory_of
from tests.helpers.sls_detectors import plan_for, sls_detector

pytestmark = pytest.mark.skipif(not SLSDET_IS_THERE, reason="slsdet is made for x86-64 only")


@pytest.fixture
def jungfrau() -> Iterator[SlsBench]:
    bench = SlsBench(sls_detector(tx_delay=[1, 2]))
    yield bench
    bench.close()


@pytest.fixture
def eiger() -> Iterator[SlsBench]:
    bench = SlsBench(sls_detector(type="EIGER"))
    yield bench
    bench.close()


def test_switched_on_and_off(jungfrau: SlsBench) -> None:
    """B145, B018, B078."""
    assert jungfrau.control.status().state == "Not connected"
    jungfrau.control.switch_on()
    status = jungfrau.control.status()
    assert (status.state, status.powerchip) == ("Idle", "PowerOn")
    assert status.high_voltage_V == [120, 120]
    assert len(status.fpga_temp_degC) == 2
    assert all(20 < temperature < 80 for temperature in status.fpga_temp_degC)
    assert status.server_version.startswith("10.0")
    process_id = jungfrau.control.process_id
    assert process_id is not None
    assert shared_memory_of(process_id)
    jungfrau.control.switch_off()
    assert jungfrau.control.status().state == "Not connected"
    assert shared_memory_of(process_id) == []


def test_acquisition_is_what_was_planned(jungfrau: SlsBench) -> None:
    jungfrau.control.switch_on()
    jungfrau.run(frame_count=100, frames_per_trigger=100, use_hg0=True, gain_stage="fixed_g1")
    acquisition = jungfrau.emitter.acquisitions[-1]
    assert (acquisition.frame_count, acquisition.frames_per_trigger) == (100, 100)
    assert (acquisition.first_frame_number, acquisition.wait_for_trigger) == (1, False)
    assert acquisition.period_s == pytest.approx(0.001)
    assert acquisition.exposure_s == pytest.approx(0.0005)
    assert (acquisition.gain_stage, acquisition.use_hg0) == ("fixed_g1", True)
    assert acquisition.transmission_delay_s == pytest.approx((0.001, 0.002))
    ports = [[port.port for port in module] for module in acquisition.destinations]
    assert ports == [[8192], [8194]]
    assert not jungfrau.control.is_idle()
    jungfrau.emitter.finish()
    assert jungfrau.control.is_idle()


def test_frames_of_every_run_are_numbered_from_1(jungfrau: SlsBench) -> None:
    jungfrau.control.switch_on()
    for _ in range(2):
        jungfrau.run()
        jungfrau.emitter.finish()
    assert [each.first_frame_number for each in jungfrau.emitter.acquisitions] == [1, 1]


def test_triggers(jungfrau: SlsBench) -> None:
    """B072: each releases its frames; B145: those left are told."""
    jungfrau.control.switch_on()
    jungfrau.run(frame_count=20, frames_per_trigger=10, wait_for_trigger=True)
    status = jungfrau.control.status()
    assert (status.state, status.number_of_triggers_left) == ("Waiting", 2)
    jungfrau.control.trigger()
    assert jungfrau.control.status().number_of_triggers_left == 1
    assert not jungfrau.control.is_idle()
    jungfrau.control.trigger()
    assert jungfrau.control.is_idle()
    jungfrau.control.trigger()  # one too many has no effect
    assert jungfrau.emitter.frames_sent == 20
    jungfrau.run()
    jungfrau.control.trigger()  # nor has one that was not awaited
    assert not jungfrau.control.is_idle()


def test_stop_ends_a_run(jungfrau: SlsBench) -> None:
    jungfrau.control.stop()
    jungfrau.control.switch_on()
    jungfrau.run(wait_for_trigger=True)
    jungfrau.control.stop()
    assert jungfrau.control.is_idle()
    assert jungfrau.control.status().state == "Idle"
    jungfrau.run()
    assert not jungfrau.control.is_idle()


def test_storage_cells(jungfrau: SlsBench) -> None:
    """And back to one of them."""
    jungfrau.control.switch_on()
    jungfrau.run(
        frame_count=32,
        frames_per_trigger=16,
        wait_for_trigger=True,
        storage_cell_count=16,
        storage_cell_delay_s=5e-6,
    )
    acquisition = jungfrau.emitter.acquisitions[-1]
    assert (acquisition.storage_cell_count, acquisition.first_storage_cell) == (16, 0)
    assert (acquisition.frame_count, acquisition.frames_per_trigger) == (32, 16)
    jungfrau.control.stop()
    jungfrau.run(first_storage_cell=5)
    acquisition = jungfrau.emitter.acquisitions[-1]
    assert (acquisition.storage_cell_count, acquisition.first_storage_cell) == (1, 5)


def test_shutter_of_the_simulator_is_closed_for_a_pedestal_only(jungfrau: SlsBench) -> None:
    jungfrau.control.switch_on()
    for dark, stage in (
        (True, "dynamic"),
        (True, "forced_g1"),
        (True, "forced_g2"),
        (False, "dynamic"),
        (True, "fixed_g1"),
        (False, "fixed_g1"),
    ):
        jungfrau.run(dark=dark, gain_stage=stage)
        jungfrau.emitter.finish()
        acquisition = jungfrau.emitter.acquisitions[-1]
        assert (acquisition.dark, acquisition.gain_stage) == (dark, stage)


def test_two_interfaces() -> None:
    bench = SlsBench(sls_detector(udp_interface_count=2))
    bench.control.switch_on()
    bench.run()
    destinations = bench.emitter.acquisitions[-1].destinations
    ports = [[port.port for port in module] for module in destinations]
    assert ports == [[8192, 8193], [8194, 8195]]
    bench.close()


def test_eiger(eiger: SlsBench) -> None:
    """B088, B089: read-out depth and threshold, twice, as the same are not sent again."""
    eiger.control.switch_on()
    status = eiger.control.status()
    assert (status.state, status.powerchip, status.high_voltage_V) == ("Idle", "PowerOn", [120] * 2)
    assert len(status.fpga_temp_degC) == 2
    wanted: list[tuple[ReadoutBits, float]] = [(8, 6.2), (8, 6.2), (32, 6.2), (32, 8.05), (16, 6.2)]
    for bits, threshold in wanted:
        eiger.run(counter=EigerCounter(bits), threshold_energy_keV=threshold)
        acquisition = eiger.emitter.acquisitions[-1]
        assert acquisition.bits == bits
        assert acquisition.threshold_keV == pytest.approx(threshold)
        assert not acquisition.dark
        eiger.control.stop()
    ports = [[port.port for port in module] for module in acquisition.destinations]
    assert ports == [[8192, 8193, 8194, 8195], [8196, 8197, 8198, 8199]]


def test_threshold_with_trim_bits_of_files(tmp_path: Path) -> None:
    """One between two energies there are files for is interpolated by slsdet."""
    module_bytes = 4 * (18 + 256 * 1024)
    for energy in (6000, 8000):
        folder = tmp_path / "standard" / f"{energy}eV"
        folder.mkdir(parents=True)
        for module_id in (1, 2):
            (folder / f"noise.sn{module_id:03d}").write_bytes(bytes(module_bytes))
    bench = SlsBench(sls_detector(1, type="EIGER", calibration_file=[str(tmp_path)]))
    bench.control.switch_on()
    bench.run(threshold_energy_keV=7.1)
    assert bench.emitter.acquisitions[-1].threshold_keV == pytest.approx(7.1)
    bench.control.stop()
    with pytest.raises(DetectorError, match=r"threshold could not be set to 9000.*not defined"):
        bench.control.prepare(plan_for(bench.detector, threshold_energy_keV=9.0))
    bench.close()


def test_plan_it_can_not_do_changes_nothing(eiger: SlsBench) -> None:
    eiger.control.switch_on()
    with pytest.raises(InvalidInput, match="detector_trigger_delay_ns"):
        eiger.control.prepare(plan_for(eiger.detector, trigger_delay_s=1e-6))
    eiger.run()


def test_two_controls_do_not_meet(jungfrau: SlsBench, eiger: SlsBench) -> None:
    """As of two brokers on one machine."""
    jungfrau.control.switch_on()
    eiger.control.switch_on()
    jungfrau.run()
    eiger.run()
    eiger.control.switch_off()
    assert not jungfrau.control.is_idle()
