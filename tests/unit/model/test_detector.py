"""Detectors of the configuration file."""

import pytest
from pydantic import ValidationError

from jfjoch.model.detector import Detector, DetectorType, StandardDetectorGeometry


def detector(voltage_v: int, kind: DetectorType = "JUNGFRAU") -> Detector:
    return Detector(
        description="d",
        serial_number="s",
        type=kind,
        high_voltage_V=voltage_v,
        standard_geometry=StandardDetectorGeometry(nmodules=1),
    )


@pytest.mark.parametrize("voltage_v", [0, 60, 200])
def test_possible_voltages(voltage_v: int) -> None:
    assert detector(voltage_v).high_voltage_V == voltage_v


@pytest.mark.parametrize("voltage_v", [1, 59])
def test_voltage_that_does_not_deplete_the_sensor_is_refused(voltage_v: int) -> None:
    """B191; an EIGER has no such gap."""
    with pytest.raises(ValidationError, match="0 or 60 to 200"):
        detector(voltage_v)
    assert detector(voltage_v, "EIGER").high_voltage_V == voltage_v
