"""Beams on a detector."""

from jfjoch.messages.start import BeamGeometry


def beam_at(
    x_pxl: float, y_pxl: float, distance_m: float = 0.15, wavelength_angstrom: float = 1.0
) -> BeamGeometry:
    """Return a beam that hits the image there."""
    return BeamGeometry(
        beam_center_x_pxl=x_pxl,
        beam_center_y_pxl=y_pxl,
        detector_distance_m=distance_m,
        incident_energy_eV=12398.42 / wavelength_angstrom,
        incident_wavelength_angstrom=wavelength_angstrom,
    )
