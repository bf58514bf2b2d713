"""Azimuthal integration and regions of interest of a 4M, in copies of the image, beside pyFAI."""

import argparse

import numpy as np
from numpy.typing import NDArray
from pyFAI.integrator.azimuthal import AzimuthalIntegrator

from benchmarks.kernels.measurement import Job, alternating_times_s
from jfjoch.geometry.module_shape import PIXEL_SIZE_M
from jfjoch.geometry.modules import ModuleLayout, module_layout
from jfjoch.kernels.aligned import aligned_copy
from jfjoch.messages.start import BeamGeometry
from jfjoch.model.azim_int import AzimIntSettings
from jfjoch.model.detector import Detector, StandardDetectorGeometry
from jfjoch.model.plan import PixelPlan
from jfjoch.model.roi import RoiBox, RoiBoxList, RoiCircleList, RoiDefinitions
from jfjoch.processing.azimuthal import AzimuthalIntegration, BatchIntegration
from jfjoch.processing.azimuthal_bins import AzimuthalBins
from jfjoch.processing.regions import RegionMap
from jfjoch.processing.roi import RegionsOfInterest

COPY = "copy of the image"
BATCH = 16
ROTATION = 6
"""Different images in rotation, so that none stays in the cache."""
BEAM = BeamGeometry(1037.4, 1074.3, 0.15, 12400.0, 12.39842 / 12.4)
METHODS = [("no", "histogram", "cython"), ("no", "csr", "cython"), ("no", "lut", "cython")]


def _layout() -> ModuleLayout:
    geometry = StandardDetectorGeometry(nmodules=8, modules_in_row=2)
    detector = Detector(description="4M", serial_number="B", standard_geometry=geometry)
    return module_layout(detector, assembled=True)


def _plan() -> PixelPlan:
    return PixelPlan(8, 1, "int16", -32768, 32767, 32766, 12.4, True, 0, 0, False)


def _settings(bin_count: int) -> AzimIntSettings:
    return AzimIntSettings(
        polarization_factor=0.99,
        solid_angle_corr=True,
        low_q_recipA=0.1,
        high_q_recipA=3.95,
        q_spacing=3.85 / bin_count,
    )


class AzimuthalJobs:
    """What is measured, on images of so many photons per pixel."""

    def __init__(self, photons: float) -> None:
        self.layout = _layout()
        self.mask = self.layout.to_image(np.zeros(self.layout.raw_shape, np.uint32), 1)
        rng = np.random.default_rng(1)
        images = rng.poisson(photons, (BATCH, self.mask.size)).astype(np.int16)
        images[rng.random(images.shape) < 1e-5] = 32767
        images[:, self.mask.ravel() != 0] = -32768
        self.images: NDArray[np.int16] = aligned_copy(images)

    def jobs(self, bin_count: int) -> dict[str, Job]:
        """Return the jobs by name."""
        bins = AzimuthalBins.build(self.layout, self.mask, BEAM, _settings(bin_count))
        one, many = AzimuthalIntegration(bins, _plan()), BatchIntegration(bins, _plan())
        target = aligned_copy(self.images[0])
        return {
            COPY: lambda n: np.copyto(target, self._image(n)),
            "azimuthal, one image": lambda n: one.apply(self._image(n)),
            f"azimuthal, {BATCH} images": lambda _: many.apply(self.images),
            "8 ROI of 100 x 100": self._regions(),
        }

    def peers(self, bin_count: int) -> dict[str, Job]:
        """Return pyFAI's methods without splitting of pixels."""
        return {" ".join(method): self._peer(method, bin_count) for method in METHODS}

    def _peer(self, method: tuple[str, str, str], bin_count: int) -> Job:
        integrator = AzimuthalIntegrator(
            dist=BEAM.detector_distance_m,
            poni1=(BEAM.beam_center_y_pxl + 0.5) * PIXEL_SIZE_M,
            poni2=(BEAM.beam_center_x_pxl + 0.5) * PIXEL_SIZE_M,
            pixel1=PIXEL_SIZE_M,
            pixel2=PIXEL_SIZE_M,
            wavelength=BEAM.incident_wavelength_angstrom * 1e-10,
        )
        settings, mask = _settings(bin_count), self.mask != 0
        return lambda n: integrator.integrate1d(
            self._image(n).reshape(self.layout.shape),
            bin_count,
            unit="q_A^-1",
            method=method,
            polarization_factor=settings.polarization_factor,
            mask=mask,
            dummy=32767,
            radial_range=(settings.low_q_recipA, settings.high_q_recipA),
        )

    def _regions(self) -> Job:
        boxes = [
            RoiBox(name=str(k), min_x_pxl=x, max_x_pxl=x + 99, min_y_pxl=x, max_y_pxl=x + 99)
            for k, x in enumerate(range(100, 2000, 240))
        ]
        rois = RoiDefinitions(box=RoiBoxList(rois=boxes), circle=RoiCircleList(rois=[]))
        regions = RegionMap.build(self.layout, self.mask, rois)
        interest = RegionsOfInterest(regions, _plan())
        counts = np.ones(regions.multipixels.size, np.int32)
        return lambda n: interest.apply(self._image(n), counts)

    def _image(self, n: int) -> NDArray[np.int16]:
        image: NDArray[np.int16] = self.images[n % ROTATION]
        return image


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kernels.azimuthal")
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    print("4M, int16, copies of the image, per image; OMP_NUM_THREADS=1 keeps pyFAI to one core")
    for photons in (0.02, 0.3, 3.0):
        work = AzimuthalJobs(photons)
        for bin_count in (100, 1000):
            times = alternating_times_s(work.jobs(bin_count), rounds)
            print(f"{photons} photons per pixel, {bin_count} bins")
            for name, seconds in times.items():
                images = BATCH if name.endswith("16 images") else 1
                print(f"  {name:32}{seconds / images / times[COPY]:8.2f}")
        ours = times["azimuthal, one image"]
        batch = times[f"azimuthal, {BATCH} images"] / BATCH
        peers = alternating_times_s(work.peers(bin_count), max(3, rounds // 5))
        for name, seconds in peers.items():
            print(f"  pyFAI {name:26}{seconds / times[COPY]:8.1f}")
        fastest = min(peers.values())
        print(f"  {fastest / ours:.0f} x as fast as pyFAI, in batches {fastest / batch:.0f} x")


if __name__ == "__main__":
    main()
