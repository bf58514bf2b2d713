"""The header of a packet, as detectors of the SLS Detector Group send it (header version 2)."""

import numpy as np

from jfjoch.kernels.packet_header import HEADER_BYTES

HEADER = np.dtype(
    [
        ("frame_number", "<u8"),  # from 1
        ("exposure_100ns", "<u4"),
        ("packet_number", "<u4"),  # from 0, of its port and frame
        ("pulse_id", "<u8"),  # JUNGFRAU: bunch id
        ("timestamp_100ns", "<u8"),
        ("module_id", "<u2"),
        ("row", "<u2"),
        ("column", "<u2"),
        ("detector_specific_2", "<u2"),
        ("status_bits", "<u4"),
        ("detector_specific_4", "<u2"),
        ("detector_type", "u1"),
        ("version", "u1"),
    ]
)
assert HEADER.itemsize == HEADER_BYTES

HEADER_VERSION = 2
EIGER_TYPE = 1
JUNGFRAU_TYPE = 3

STORAGE_CELL_SHIFT, STORAGE_CELL_BITS = 8, 4
EVENT_CODE_SHIFT, EVENT_CODE_BITS = 16, 8
"""Places in ``status_bits`` of a JUNGFRAU."""
