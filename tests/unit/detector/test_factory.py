"""Which detector a configuration gives."""

from typing import Any

import numpy as np
import pytest

import jfjoch
from jfjoch.calibration.gains import GainMaps
from jfjoch.detector.factory import build_detector, simulated_detector
from jfjoch.detector.simulated.eiger import SimulatedEiger
from jfjoch.detector.simulated.jungfrau import SimulatedJungfrau
from jfjoch.detector.sls.sls_detector import SlsDetector
from jfjoch.detector.udp.packet_counts import PacketCounts
from jfjoch.detector.udp.receiver_report import ReceiverAddress, ReceiverReport
from jfjoch.errors import ConfigurationError
from jfjoch.model.detector import Detector


def detector(**changed: Any) -> Detector:
    values = {
        "description": "JF1M",
        "serial_number": "JF-1",
        "type": "JUNGFRAU",
        "standard_geometry": {"nmodules": 1},
    }
    return Detector.model_validate(values | changed)


def test_simulated_detector_takes_the_gain_files_as_true() -> None:
    gains = GainMaps.nominal(1)
    built = simulated_detector(detector(), gains)
    np.testing.assert_array_equal(built.sensor.gains.maps, gains.maps)
    assert built.sensor.module_count == 1
    assert (built.beam.centre_x_pxl, built.beam.centre_y_pxl) == (514.5, 256.5)


def test_serial_number_makes_the_detector() -> None:
    one, same, other = (
        simulated_detector(detector(serial_number=serial), None).sensor
        for serial in ("JF-1", "JF-1", "JF-2")
    )
    np.testing.assert_array_equal(one.truth().pedestals_adu, same.truth().pedestals_adu)
    np.testing.assert_array_equal(one.gains.maps, same.gains.maps)
    assert (one.truth().pedestals_adu != other.truth().pedestals_adu).mean() > 0.99


def test_an_eiger_has_no_gains() -> None:
    built = simulated_detector(detector(type="EIGER"), None)
    assert isinstance(built, SimulatedEiger)
    assert (built.beam.centre_x_pxl, built.beam.centre_y_pxl) == (514.5, 256.5)


def test_a_detector_with_hostname_is_real() -> None:
    """Interfaces 2: and its packets come to the receivers of the configuration."""
    real = detector(hostname=["board"], base_data_ipv4_address="10.1.1.2")
    parts = build_detector(real, None, [ReceiverAddress("udp0", "10.1.1.1")])
    assert isinstance(parts.control, SlsDetector)
    assert not parts.frames.waits
    (report,) = parts.receivers()
    assert report == ReceiverReport(ReceiverAddress("udp0", "10.1.1.1"), PacketCounts())


def test_a_detector_in_this_machine_needs_no_configured_receiver() -> None:
    parts = build_detector(detector(hostname=["127.0.0.1:1952"]), None, [])
    assert [report.address.ipv4 for report in parts.receivers()] == ["127.0.0.1"]


def test_a_detector_elsewhere_needs_a_receiver() -> None:
    """Interfaces 9."""
    with pytest.raises(ConfigurationError, match="pcie"):
        build_detector(detector(hostname=["board"]), None, [])


def test_a_detector_without_hostname_is_all_inside() -> None:
    parts = build_detector(detector(), None, [])
    assert parts.control is parts.frames
    assert isinstance(parts.control, SimulatedJungfrau)
    assert parts.receivers() == []


@pytest.mark.parametrize("kind", ["JUNGFRAU", "EIGER"])
def test_it_tells_how_it_is(kind: str) -> None:
    """B145: one voltage per module, 0 while it is off; nothing is said of temperatures."""
    geometry = {"nmodules": 2}
    built = simulated_detector(
        detector(type=kind, high_voltage_V=120, standard_geometry=geometry), None
    )
    status = built.status()
    assert (status.state, status.powerchip) == ("Idle", "PowerOff")
    assert (status.high_voltage_V, status.fpga_temp_degC) == ([0, 0], [])
    assert status.server_version == f"simulated, {jfjoch.__version__}"
    built.switch_on()
    assert (built.status().powerchip, built.status().high_voltage_V) == ("PowerOn", [120, 120])
    built.switch_off()
    assert built.status() == status
