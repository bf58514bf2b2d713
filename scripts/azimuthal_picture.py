"""Draws the picture of docs/explanations/azimuthal-integration.md from a simulated image."""

import argparse

import matplotlib as mpl
import numpy as np
from PIL import Image

from jfjoch.detector.simulated.beam import BeamGeometry as SimulatedBeam
from jfjoch.detector.simulated.scene import Scene
from jfjoch.geometry.diffraction import wavelength_angstrom
from jfjoch.geometry.modules import ModuleLayout, module_layout
from jfjoch.kernels.frame import counts_to_image
from jfjoch.messages.start import BeamGeometry
from jfjoch.model.azim_int import AzimIntSettings
from jfjoch.model.detector import Detector, StandardDetectorGeometry
from jfjoch.model.plan import PixelPlan
from jfjoch.processing.azimuthal import AzimuthalIntegration, AzimuthalResult
from jfjoch.processing.azimuthal_bins import BACKGROUND_ANGSTROM, AzimuthalBins
from jfjoch.processing.image_target import ImageTarget

mpl.use("Agg")
import matplotlib.pyplot as plt

ENERGY_KEV = 12.4
ERROR, SATURATED = -32768, 32767
PLAN = PixelPlan(8, 1, "int16", ERROR, SATURATED, SATURATED - 1, 12.4, True, 0, 0, False)


class Still:
    """One simulated image of a JUNGFRAU 4M and its profiles."""

    def __init__(self) -> None:
        geometry = StandardDetectorGeometry(nmodules=8, modules_in_row=2)
        detector = Detector(description="4M", serial_number="P", standard_geometry=geometry)
        self.layout: ModuleLayout = module_layout(detector, assembled=True)
        self.beam = SimulatedBeam.centred(self.layout.width, self.layout.height)
        photons = Scene(self.layout, self.beam, ENERGY_KEV, seed=1).photons(0)
        target = ImageTarget.create(PLAN, self.layout)
        counts = photons.astype(np.int32).ravel()
        counts_to_image(counts, target.placements, target.extended, target.output, target.bits)
        self.image = target.pixels.reshape(self.layout.shape)
        self.mask = self.layout.to_image(np.zeros(self.layout.raw_shape, np.uint32), 1)

    def profile(self, settings: AzimIntSettings) -> AzimuthalResult:
        """Integrate the image."""
        beam = BeamGeometry(
            self.beam.centre_x_pxl,
            self.beam.centre_y_pxl,
            self.beam.distance_m,
            ENERGY_KEV * 1e3,
            wavelength_angstrom(ENERGY_KEV),
        )
        bins = AzimuthalBins.build(self.layout, self.mask, beam, settings)
        return AzimuthalIntegration(bins, PLAN).apply(self.image.ravel())


def draw(still: Still, file: str) -> None:
    """Draw image and profiles."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), width_ratios=(1, 1.35))
    height, width = (size // 4 for size in still.layout.shape)
    counts = np.where(still.image == ERROR, 0, still.image)[: 4 * height, : 4 * width]
    summed = counts.reshape(height, 4, width, 4).sum(axis=(1, 3))
    left.imshow(summed, cmap="gray_r", vmax=np.percentile(summed, 99.7))
    left.set_axis_off()
    for corrected, label in ((False, "as counted"), (True, "corrected for the solid angle")):
        settings = AzimIntSettings(
            solid_angle_corr=corrected, high_q_recipA=4.0, low_q_recipA=0.1, q_spacing=0.02
        )
        result = still.profile(settings)
        right.plot(settings.bin_to_q, result.profile, label=label, linewidth=1)
    near, far = BACKGROUND_ANGSTROM
    label = f"background estimate: {result.bkg_estimate:.2f}"
    right.axvspan(2 * np.pi / far, 2 * np.pi / near, alpha=0.15, color="gray", label=label)
    right.set(xlabel="q [1/Å]", ylabel="photons per pixel", xlim=(0, 4), ylim=(0, None))
    right.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(file, dpi=80, metadata={"Software": None})
    Image.open(file).convert("RGB").quantize(48).save(file, optimize=True)


def main() -> None:
    """Write the PNG."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    draw(Still(), parser.parse_args().file)


if __name__ == "__main__":
    main()
