"""All analysis of an image together: ``python -m benchmarks.kernels.analysis``, one core.

Profile of 1000 bins, 8 regions of 100 x 100 pixels, spots; then with the search for a lattice too.
The unit is a copy of a 4M image of int16, taking turns with the rest.
"""

import argparse

import numpy as np

from benchmarks.kernels.measurement import Job, alternating_times_s
from benchmarks.kernels.spots import COPY, GAP, GEOMETRY, TRUTH, Work, settings_with
from jfjoch.messages.start import SampleInfo, UnitCell
from jfjoch.model.azim_int import AzimIntSettings
from jfjoch.model.detector import Detector, StandardDetectorGeometry
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.experiment import Experiment
from jfjoch.model.image_format import DEFAULT_IMAGE_FORMAT
from jfjoch.model.instrument import DEFAULT_INSTRUMENT
from jfjoch.model.roi import RoiBox, RoiBoxList, RoiCircleList, RoiDefinitions
from jfjoch.processing.image_analysis import AnalysisTables, ImageAnalyser
from tests.helpers.pixel_types import pixel_plan
from tests.helpers.simulated_diffraction import DiffractionImages

LYSOZYME = UnitCell(79.1, 79.1, 37.9, 90.0, 90.0, 90.0)
REGIONS = [
    RoiBox(name=f"r{n}", min_x_pxl=x, max_x_pxl=x + 99, min_y_pxl=y, max_y_pxl=y + 99)
    for n, (x, y) in enumerate((200 + 450 * (n % 4), 300 + 1200 * (n // 4)) for n in range(8))
]


def analyser(work: Work, cell: UnitCell | None) -> ImageAnalyser:
    """Return the analysis of one worker."""
    geometry = StandardDetectorGeometry(nmodules=8, modules_in_row=2)
    experiment = Experiment(
        Detector(description="4M", serial_number="x", standard_geometry=geometry),
        DetectorSettings(frame_time_us=1000),
        DEFAULT_IMAGE_FORMAT,
        DEFAULT_INSTRUMENT,
        AzimIntSettings(
            low_q_recipA=0.1, high_q_recipA=5.1, q_spacing=0.005, solid_angle_corr=True
        ),
        roi=RoiDefinitions(box=RoiBoxList(rois=REGIONS), circle=RoiCircleList(rois=[])),
    )
    sample = SampleInfo(unit_cell=cell, space_group_number=96)
    tables = AnalysisTables.build(work.layout, work.mask, experiment, GEOMETRY, sample)
    return ImageAnalyser(tables, pixel_plan())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.kernels.analysis", description=__doc__
    )
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    work, strong = Work.create(), settings_with(photon_count_threshold=8)
    weak = settings_with(photon_count_threshold=3, min_pix_per_spot=3)
    noise = work.noise(0.3)
    stills = [image.ravel() for image in DiffractionImages.load(TRUTH, "stills").images[:6]]
    without, indexing = analyser(work, None), analyser(work, LYSOZYME)
    target = np.full_like(noise[0], GAP)
    multipixels = np.zeros(len(without.multipixels), np.int32)
    jobs: dict[str, Job] = {
        COPY: lambda n: np.copyto(target, noise[n % 6]),
        "0.3 photons, threshold 8": lambda n: without.apply(
            noise[n % 6].ravel(), multipixels, strong
        ),
        "simulated stills, threshold 8": lambda n: without.apply(
            stills[n % len(stills)], multipixels, strong
        ),
        "simulated stills, threshold 3": lambda n: without.apply(
            stills[n % len(stills)], multipixels, weak
        ),
        "the same and indexing": lambda n: indexing.apply(
            stills[n % len(stills)], multipixels, weak
        ),
    }
    times = alternating_times_s(jobs, rounds)
    for name, seconds in times.items():
        print(f"{name:32}{seconds * 1e3:10.2f} ms{seconds / times[COPY]:10.2f} copies")


if __name__ == "__main__":
    main()
