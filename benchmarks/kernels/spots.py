"""Spot finding on 4M images of int16: ``python -m benchmarks.kernels.spots``, one core.

The unit is a copy of such an image, taking turns with everything else. The peer is the same rule
in SciPy (31 x 31 means by uniform filters, components by ``label``): no package with peakfinder8
or a dispersion finder of its own is in the package index. With the simulated images of
``--truth`` it also prints how much of the truth is found, by photons of a spot.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.kernels.measurement import Job, alternating_times_s
from jfjoch.geometry.modules import ModuleLayout, module_layout
from jfjoch.messages.start import BeamGeometry
from jfjoch.model.detector import Detector, StandardDetectorGeometry
from jfjoch.model.spot_finding import DEFAULT_SPOT_FINDING, SpotFindingSettings
from jfjoch.processing.spot_finding import SpotFinding, spot_modules
from tests.helpers.pixel_types import pixel_plan
from tests.helpers.simulated_diffraction import PHOTON_CLASSES, DiffractionImages, Score

COPY, PEER = "copy of the image", "the same rule in SciPy, threshold 8"
IMAGE_COUNT = 6
"""Different images in rotation, so that none stays in the cache."""
GAP = -32768
WINDOW = 31
TRUTH = Path(__file__).parents[3] / "shared" / "data"
GEOMETRY = BeamGeometry(1037.4, 1074.3, 0.15, 12400.0, 0.99987)


def settings_with(**changes: object) -> SpotFindingSettings:
    """Return default settings but for some."""
    return DEFAULT_SPOT_FINDING.model_copy(update=changes)


SCORED = settings_with(
    photon_count_threshold=3,
    min_pix_per_spot=3,
    high_resolution_limit=0.1,
    low_resolution_limit=1e4,
)
"""With what peakfinder8 was compared."""


@dataclass(frozen=True)
class Work:
    """A detector and images of it."""

    layout: ModuleLayout
    mask: NDArray[np.uint32]

    @classmethod
    def create(cls) -> "Work":
        """Describe a JUNGFRAU 4M."""
        geometry = StandardDetectorGeometry(nmodules=8, modules_in_row=2)
        detector = Detector(description="4M", serial_number="x", standard_geometry=geometry)
        layout = module_layout(detector, assembled=True)
        return cls(layout, layout.to_image(np.zeros(layout.raw_shape, np.uint32), 1))

    def noise(self, photons: float) -> list[NDArray[np.int16]]:
        """Draw images of background."""
        rng = np.random.default_rng(1)
        draws = (rng.poisson(photons, self.layout.shape) for _ in range(IMAGE_COUNT))
        return [np.where(self.mask, GAP, draw).astype(np.int16) for draw in draws]

    def job(self, images: list[NDArray[np.int16]], settings: SpotFindingSettings) -> Job:
        """Return spot finding over the images in turn."""
        finder = self.finder(250)
        return lambda n: finder.apply(images[n % len(images)].reshape(-1), settings)

    def finder(self, most_spots: int) -> SpotFinding:
        """Return a finder with memory of its own."""
        modules = spot_modules(self.layout, self.mask)
        return SpotFinding(self.layout, modules, pixel_plan(), GEOMETRY, most_spots)


def scipy_spots(image: NDArray[np.int16], layout: ModuleLayout, least: int) -> int:
    """Count the components of the strong pixels of all modules."""
    return sum(_scipy_module(image[box], least) for box in layout.module_boxes())


def _scipy_module(module: NDArray[np.int16], least: int) -> int:
    valid = module > GAP
    counts = np.where(valid, module, 0).astype(np.float64)
    pixels = _window_sum(valid.astype(np.float64)) - valid
    total = _window_sum(counts) - counts
    squares = _window_sum(counts**2) - counts**2
    with np.errstate(divide="ignore", invalid="ignore"):
        above = counts - total / pixels
        variance = (squares - total**2 / pixels) / (pixels - 1)
        strong = valid & (counts >= least) & (above > 0) & (above**2 > 16 * variance)
    labels, count = ndimage.label(strong, np.ones((3, 3)))
    numbers = range(1, count + 1)
    ndimage.center_of_mass(counts, labels, numbers)
    sizes = ndimage.sum_labels(strong, labels, numbers)
    return int(np.count_nonzero(np.asarray(sizes) >= DEFAULT_SPOT_FINDING.min_pix_per_spot))


def _window_sum(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.rint(ndimage.uniform_filter(values, WINDOW, mode="constant") * WINDOW**2))


def print_score(work: Work, data: DiffractionImages) -> None:
    """Print what is found of the truth."""
    finder, score, blank = work.finder(5000), Score.new(), 0
    for image, true in zip(data.images, data.truth, strict=True):
        found = finder.apply(image.reshape(-1), SCORED)
        if len(true.x_pxl):
            score.add(found.spots.x_pxl, found.spots.y_pxl, true)
        else:
            blank += found.spot_count
    for (low, high), recall in zip(PHOTON_CLASSES, score.recall, strict=True):
        print(f"spots of {low} to {high if high < 10**9 else 'any'} photons: {recall:.3f} found")
    print(f"false: {score.false_share:.2%} of {score.found}; on blank images: {blank}")
    print(f"median error of position: {score.median_error_pxl:.3f} pixel")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kernels.spots", description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--truth", type=Path, default=TRUTH, help="folder of simulated images")
    arguments = parser.parse_args()
    work = Work.create()
    few, many = work.noise(0.3), work.noise(3.0)
    target = np.empty_like(few[0])
    jobs: dict[str, Job] = {COPY: lambda n: np.copyto(target, few[n % IMAGE_COUNT])}
    for threshold in (8, 3, 2, 0):
        settings = settings_with(photon_count_threshold=threshold)
        jobs[f"0.3 photons, threshold {threshold}"] = work.job(few, settings)
    jobs["3 photons, threshold 8"] = work.job(many, settings_with())
    jobs["3 photons, threshold 12"] = work.job(many, settings_with(photon_count_threshold=12))
    if arguments.truth.is_dir():
        data = DiffractionImages.load(arguments.truth, "stills")
        jobs["simulated stills, threshold 8"] = work.job(list(data.images), settings_with())
        jobs["simulated stills, threshold 3"] = work.job(list(data.images), SCORED)
    times = alternating_times_s(jobs, arguments.rounds)
    peer = {PEER: lambda n: scipy_spots(few[n % IMAGE_COUNT], work.layout, 8)}
    times |= alternating_times_s(peer, 2)
    for name, seconds in times.items():
        print(f"{name:36}{seconds * 1e3:10.2f} ms{seconds / times[COPY]:10.2f} copies")
    if arguments.truth.is_dir():
        print_score(work, data)


if __name__ == "__main__":
    main()
