"""Names of the files that are kept for each detector."""

from urllib.parse import quote

LONGEST_NAME_BYTES = 200
"""File systems take 255; endings and the names of files being written need some of them."""


def detector_file_name(serial_number: str, ending: str) -> str:
    """Return the serial number, made safe as a file name, with the ending."""
    return quote(serial_number, safe=" ") + ending


def fits_as_file_name(serial_number: str) -> bool:
    """Tell whether the file name, in which some characters take three bytes, is short enough."""
    return len(detector_file_name(serial_number, "")) <= LONGEST_NAME_BYTES
