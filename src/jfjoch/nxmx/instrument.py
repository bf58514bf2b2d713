"""/entry/source and /entry/instrument: where the beam came from and what it passed."""

import h5py

from jfjoch.messages.start import StartMessage
from jfjoch.nxmx.fields import add_field, add_group


def write_source(entry: h5py.Group, start: StartMessage) -> None:
    """NXsource: the facility."""
    source = add_group(entry, "source", "NXsource")
    name = start.sample.source_name
    add_field(source, "name", name, short_name=name)
    add_field(source, "type", start.sample.source_type)


def write_instrument(entry: h5py.Group, start: StartMessage) -> h5py.Group:
    """NXinstrument: the beamline, with beam and attenuator; returns it for the detector."""
    instrument = add_group(entry, "instrument", "NXinstrument")
    name = start.sample.instrument_name
    add_field(instrument, "name", name, short_name=name)
    _write_beam(instrument, start)
    _write_attenuator(instrument, start)
    return instrument


def _write_beam(instrument: h5py.Group, start: StartMessage) -> None:
    beam = add_group(instrument, "beam", "NXbeam")
    geometry = start.geometry
    add_field(beam, "incident_wavelength", geometry.incident_wavelength_angstrom, "angstrom")
    add_field(beam, "incident_energy", geometry.incident_energy_eV, "eV")
    if start.sample.total_flux is not None:
        add_field(beam, "total_flux", start.sample.total_flux, "Hz")


def _write_attenuator(instrument: h5py.Group, start: StartMessage) -> None:
    if start.sample.attenuator_transmission is not None:
        attenuator = add_group(instrument, "attenuator", "NXattenuator")
        transmission = start.sample.attenuator_transmission
        add_field(attenuator, "attenuator_transmission", transmission, units="")
