"""Simulated diffraction images with their truth, from the shared data."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import hdf5plugin  # noqa: F401  (registers the filters the file is compressed with)
import numpy as np
from numpy.typing import NDArray

from jfjoch.messages.start import BeamGeometry

MATCH_RADIUS_PXL = 3.0
PHOTON_CLASSES = ((10, 20), (20, 40), (40, 80), (80, 10**9))


@dataclass(frozen=True)
class TrueSpots:
    """Spots of one image that fall on pixels, [n]."""

    x_pxl: NDArray[np.float64]
    y_pxl: NDArray[np.float64]
    photons: NDArray[np.float64]
    in_gap: NDArray[np.bool_]


@dataclass(frozen=True)
class DiffractionImages:
    """Images, mask and truth of one file."""

    images: NDArray[np.int16]
    mask: NDArray[np.uint32]
    geometry: BeamGeometry
    truth: list[TrueSpots]

    @classmethod
    def load(cls, folder: Path, name: str) -> "DiffractionImages":
        """Read ``stills`` or ``rotation``."""
        with h5py.File(folder / "diffraction" / f"{name}.h5") as file:
            images = file["entry/data/data"][:]
            mask = file["entry/instrument/detector/pixel_mask"][:]
        truth = json.loads((folder / "diffraction" / f"{name}_truth.json").read_text())
        return cls(images, mask, _geometry(truth["meta"]), [_spots(f) for f in truth["frames"]])

    @property
    def blank(self) -> list[int]:
        """Numbers of the images without a crystal."""
        return [number for number, spots in enumerate(self.truth) if len(spots.x_pxl) == 0]


def _geometry(meta: dict[str, Any]) -> BeamGeometry:
    return BeamGeometry(
        beam_center_x_pxl=meta["beam_x_pxl"],
        beam_center_y_pxl=meta["beam_y_pxl"],
        detector_distance_m=meta["distance_mm"] / 1000,
        incident_energy_eV=meta["energy_keV"] * 1000,
        incident_wavelength_angstrom=meta["wavelength_A"],
    )


def _spots(frame: dict[str, Any]) -> TrueSpots:
    spots = frame["spots"]
    x, y, photons = (np.array(spots[key], float) for key in ("x", "y", "counts"))
    return TrueSpots(x, y, photons, np.array(spots["in_gap"], bool))


@dataclass
class Score:
    """How found spots compare with true ones, over some images."""

    true: NDArray[np.int64]
    """By class of photons."""
    recalled: NDArray[np.int64]
    found: int
    false: int
    errors_pxl: list[float]

    @classmethod
    def new(cls) -> "Score":
        """Begin with nothing."""
        zero = np.zeros(len(PHOTON_CLASSES), np.int64)
        return cls(zero, zero.copy(), 0, 0, [])

    def add(self, x_pxl: NDArray[np.float32], y_pxl: NDArray[np.float32], true: TrueSpots) -> None:
        """Match the spots of one image; true spots in gaps need not be found."""
        x, y = x_pxl.astype(float), y_pxl.astype(float)
        distance = np.hypot(x[:, None] - true.x_pxl, y[:, None] - true.y_pxl)
        near = distance <= MATCH_RADIUS_PXL
        for number, (low, high) in enumerate(PHOTON_CLASSES):
            wanted = ~true.in_gap & (true.photons >= low) & (true.photons < high)
            self.true[number] += wanted.sum()
            self.recalled[number] += (wanted & near.any(axis=0)).sum()
        self.found += len(x)
        self.false += int((~near.any(axis=1)).sum())
        if distance.size:
            nearest = distance.min(axis=1)
            self.errors_pxl.extend(nearest[nearest <= MATCH_RADIUS_PXL].tolist())

    @property
    def recall(self) -> NDArray[np.float64]:
        """By class of photons."""
        return np.asarray(self.recalled / self.true)

    @property
    def false_share(self) -> float:
        """Of what was found."""
        return self.false / self.found

    @property
    def median_error_pxl(self) -> float:
        """Distance between found and true places."""
        return float(np.median(self.errors_pxl))
