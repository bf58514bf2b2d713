"""Configuration files and dataset settings of the system tests."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.helpers.ports import free_tcp_port

QUICK_PEDESTAL = {
    "jungfrau_pedestal_g0_frames": 200,
    "jungfrau_pedestal_g1_frames": 150,
    "jungfrau_pedestal_g2_frames": 150,
    "jungfrau_pedestal_min_image_count": 128,
}


def _local_address() -> str:
    return f"tcp://127.0.0.1:{free_tcp_port()}"


@dataclass
class Setup:
    """A detector inside the broker and the addresses of its streams."""

    module_count: int = 2
    detector_type: str = "JUNGFRAU"
    serial_number: str = "TEST-0001"
    gain_files: list[Path] = field(default_factory=list)
    detector_settings: dict[str, Any] = field(default_factory=dict)
    image_address: str = field(default_factory=_local_address)
    notification_address: str | None = field(default_factory=_local_address)

    def configuration(self) -> dict[str, Any]:
        """Return the content of the configuration file."""
        return {
            "detector": [self._detector()],
            "detector_settings": {
                "frame_time_us": 1000,
                "timing": "auto",
                **QUICK_PEDESTAL,
                **self.detector_settings,
            },
            "frontend_directory": "",
            "image_pusher": "ZeroMQ",
            "image_buffer_MiB": 256,
            "instrument": {"source_name": "Test Source", "instrument_name": "Test Beamline"},
            "zeromq": self._zeromq(),
        }

    def _detector(self) -> dict[str, Any]:
        return {
            "description": f"{self.detector_type} of the tests",
            "serial_number": self.serial_number,
            "type": self.detector_type,
            "calibration_file": [str(path) for path in self.gain_files],
            "standard_geometry": {"nmodules": self.module_count},
        }

    def _zeromq(self) -> dict[str, Any]:
        sockets: dict[str, Any] = {"image_socket": [self.image_address]}
        if self.notification_address is not None:
            sockets["writer_notification_socket"] = self.notification_address
        return sockets


def dataset(file_prefix: str, images: int, **more: Any) -> dict[str, Any]:
    """Return the body of a POST /start."""
    return {
        "beam_x_pxl": 515.0,
        "beam_y_pxl": 257.0,
        "detector_distance_mm": 150.0,
        "incident_energy_keV": 12.4,
        "file_prefix": file_prefix,
        "images_per_trigger": images,
        **more,
    }
