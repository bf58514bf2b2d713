"""Names of source and instrument (/config/instrument, later; now from the configuration file)."""

from jfjoch.model.base import Settings


class InstrumentMetadata(Settings):
    """Source and instrument."""

    source_name: str
    source_type: str = ""
    instrument_name: str
    pulsed_source: bool = False
    electron_source: bool = False


DEFAULT_INSTRUMENT = InstrumentMetadata(source_name="", instrument_name="")
