"""Source and instrument (/config/instrument)."""

from jfjoch.model.base import Settings


class InstrumentMetadata(Settings):
    """Source and instrument; names go to the files as they are (B097, B098)."""

    source_name: str
    source_type: str = ""
    instrument_name: str
    pulsed_source: bool = False
    electron_source: bool = False


DEFAULT_INSTRUMENT = InstrumentMetadata(source_name="", instrument_name="")
