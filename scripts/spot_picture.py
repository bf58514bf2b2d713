"""Draw a part of a simulated image with the spots found in it."""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from jfjoch.detector.simulated.beam import BeamGeometry as SimulatedBeam
from jfjoch.detector.simulated.scene import Scene
from jfjoch.geometry.diffraction import wavelength_angstrom
from jfjoch.geometry.modules import ModuleLayout, module_layout
from jfjoch.messages.analysis import SpotList
from jfjoch.messages.start import BeamGeometry
from jfjoch.model.detector import Detector, StandardDetectorGeometry
from jfjoch.model.plan import PixelPlan
from jfjoch.model.spot_finding import DEFAULT_SPOT_FINDING
from jfjoch.processing.spot_finding import SpotFinding, spot_modules

ENERGY_KEV = 12.4
LEFT, TOP, SIZE, SCALE = 640, 150, 160, 4
WHITE_FROM = 12
"""Photons drawn black."""
PLAN = PixelPlan(
    module_count=1,
    frames_per_image=1,
    dtype="uint16",
    error_value=65535,
    saturated_value=65535,
    saturation_value=65534,
    energy_per_count_keV=ENERGY_KEV,
    assembled=True,
    low_threshold=0,
    poisson_factor=0,
    mask_applied=False,
)


def simulated(layout: ModuleLayout, beam: SimulatedBeam) -> NDArray[np.uint16]:
    """Return the photons of an image of an EIGER module."""
    scene = Scene(layout, beam, ENERGY_KEV, seed=3)
    return layout.to_image(scene.photons(1), PLAN.error_value)


def found(image: NDArray[np.uint16], layout: ModuleLayout, beam: SimulatedBeam) -> SpotList:
    """Return the spots of the image."""
    geometry = BeamGeometry(
        beam.centre_x_pxl,
        beam.centre_y_pxl,
        beam.distance_m,
        ENERGY_KEV * 1000,
        wavelength_angstrom(ENERGY_KEV),
    )
    modules = spot_modules(layout, np.zeros(layout.shape, np.uint32))
    settings = DEFAULT_SPOT_FINDING.model_copy(update={"photon_count_threshold": 4})
    return SpotFinding(layout, modules, PLAN, geometry).apply(image.reshape(-1), settings).spots


def draw(image: NDArray[np.uint16], spots: SpotList) -> Image.Image:
    """Draw photons in grey and spots as circles."""
    part = image[TOP : TOP + SIZE, LEFT : LEFT + SIZE].astype(float)
    grey = (255 * (1 - np.clip(part / WHITE_FROM, 0, 1))).astype(np.uint8)
    picture = Image.fromarray(grey).resize((SIZE * SCALE,) * 2, Image.Resampling.NEAREST)
    picture = picture.convert("RGB")
    pen = ImageDraw.Draw(picture)
    for x_pxl, y_pxl in zip(spots.x_pxl.tolist(), spots.y_pxl.tolist(), strict=True):
        x, y = (x_pxl - LEFT + 0.5) * SCALE, (y_pxl - TOP + 0.5) * SCALE
        pen.ellipse((x - 14, y - 14, x + 14, y + 14), outline=(220, 0, 0), width=2)
        pen.line((x - 3, y, x + 3, y), fill=(220, 0, 0))
        pen.line((x, y - 3, x, y + 3), fill=(220, 0, 0))
    return picture


def main() -> None:
    """Write the picture to the path given."""
    geometry = StandardDetectorGeometry(nmodules=1)
    detector = Detector(
        description="picture", serial_number="P", type="EIGER", standard_geometry=geometry
    )
    layout = module_layout(detector, assembled=True)
    beam = SimulatedBeam(400.0, 600.0, distance_m=0.12)
    image = simulated(layout, beam)
    spots = found(image, layout, beam)
    picture = draw(image, spots).quantize(32)
    picture.save(Path(sys.argv[1]), optimize=True)
    print(f"{len(spots)} spots")


if __name__ == "__main__":
    main()
