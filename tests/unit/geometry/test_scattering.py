"""Angles and corrections of the pixels."""

import numpy as np
import pytest

from jfjoch.geometry.scattering import ScatteringMap
from jfjoch.messages.start import BeamGeometry
from jfjoch.model.azim_int import AzimIntSettings
from tests.helpers.beams import beam_at
from tests.reference.azimuthal import correction_map, q_map

SHAPE = 40, 60


@pytest.mark.parametrize("beam", [beam_at(20, 10), beam_at(-100.3, 55.7, 0.02, 0.7)])
def test_q_is_the_length_of_the_scattering_vector(beam: BeamGeometry) -> None:
    part = ScatteringMap.of_rows(beam, range(10, 40), 60)
    q = part.q_per_angstrom(beam.incident_wavelength_angstrom)
    np.testing.assert_allclose(q, q_map(SHAPE, beam)[10:], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("factor", [-1.0, 0.0, 0.99])
def test_corrections_agree_with_the_slow_twin(factor: float) -> None:
    """B125, B126."""
    beam = beam_at(20, 10, 0.003)
    part = ScatteringMap.of_rows(beam, range(40), 60)
    for solid_angle in (False, True):
        settings = AzimIntSettings(
            polarization_factor=factor,
            solid_angle_corr=solid_angle,
            high_q_recipA=5,
            low_q_recipA=0,
            q_spacing=1,
        )
        result = part.polarisation(factor) * (part.solid_angle() if solid_angle else 1)
        np.testing.assert_allclose(result, correction_map(SHAPE, beam, settings), rtol=1e-12)


def test_polarisation_along_rows_takes_from_rows() -> None:
    part = ScatteringMap.of_rows(beam_at(0, 0, 0.001), range(40), 60)
    horizontal = part.polarisation(1.0)
    assert horizontal[0, 30] < 0.5
    assert horizontal[30, 0] == pytest.approx(1)
    assert part.polarisation(-1.0)[0, 30] == pytest.approx(1)


def test_a_detector_at_no_distance_has_numbers() -> None:
    part = ScatteringMap.of_rows(beam_at(3, 2, 0.0), range(5), 7)
    for values in (part.q_per_angstrom(1.0), part.solid_angle(), part.polarisation(0.9)):
        assert np.isfinite(values).all()
    assert part.solid_angle()[2, 3] == 1
