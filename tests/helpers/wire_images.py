"""What images a detector of two modules on the wire must give, from what was sent."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import hdf5plugin  # noqa: F401  (registers the filters images are compressed with)
import numpy as np
from numpy.typing import NDArray

from tests.helpers.simulated_wire import WireRun
from tests.helpers.simulator_record import SentAcquisition
from tests.reference.assembly import duplicated
from tests.reference.counter import LIMITS, NO_TOTAL, sum_totals, totals_of, with_chip_gaps
from tests.reference.counter import narrowed as narrowed_totals
from tests.reference.photon_counting import Bounds, CountBounds, counts_of, sum_of

ENERGY_KEV = 12.4
MODULES = 2
SHAPE = (1064, 1030)
PLACES = [(0, 0), (0, 550)]
"""Of the modules before the image is turned upside down."""
NOMINAL_GAINS_ADU_PER_KEV = (41.0, -1.439, -0.1145)


def write_gain_files(directory: Path, seed: int = 1) -> list[str]:
    """Write gains that differ from pixel to pixel, a file for each module."""
    directory.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    nominal = np.array(NOMINAL_GAINS_ADU_PER_KEV)[:, None, None]
    paths = [directory / f"gainMaps_M{module:03d}.bin" for module in range(MODULES)]
    for path in paths:
        (nominal * rng.normal(1, 0.03, (3, 512, 1024))).astype("<f8").tofile(path)
    return [str(path) for path in paths]


class JungfrauImages:
    """Photons counted with the pedestal the broker has measured and kept."""

    def __init__(self, sent: SentAcquisition, state: Path, gain_files: Sequence[str]) -> None:
        self._sent = sent
        gains = [np.fromfile(name, "<f8").reshape(3, 512, 1024) for name in gain_files]
        self._gain = np.stack(gains, axis=1)
        with h5py.File(state / "calibration" / "WIRE-0001.h5") as file:
            stages = [file[f"pedestal_g{stage}"][0] for stage in range(3)]
        self._pedestal = np.stack(stages).astype(np.float64)
        self._counts: dict[tuple[int, str], CountBounds] = {}
        self._whole: dict[tuple[tuple[int, ...], str], Bounds] = {}

    def counts(self, frames: Sequence[int], dtype: str) -> CountBounds:
        """[modules, 512, 1024] of the sum of some frames, as if no packet were missing."""
        return sum_of([self._frame(frame, dtype) for frame in frames])

    def image(self, frames: Sequence[int], dtype: str) -> Bounds:
        """The assembled image of the sum of some frames; an error wins over everything."""
        key = tuple(int(self._sent.image_of_frame[frame]) for frame in frames), dtype
        if key not in self._whole:
            self._whole[key] = self.counts(frames, dtype).image(PLACES, SHAPE, dtype)
        missing = np.any([self._sent.missing_pixels(frame) for frame in frames], axis=0)
        return self._whole[key].without(_in_image(missing))

    def _frame(self, frame: int, dtype: str) -> CountBounds:
        key = int(self._sent.image_of_frame[frame]), dtype
        if key not in self._counts:
            limit = np.iinfo(dtype).max - 1
            self._counts[key] = counts_of(
                self._sent.raw(frame), self._pedestal, self._gain, ENERGY_KEV, limit
            )
        return self._counts[key]


def _in_image(modules: NDArray[np.bool_]) -> NDArray[np.bool_]:
    image = np.zeros(SHAPE, np.bool_)
    for module, (x, y) in zip(modules, PLACES, strict=True):
        image[y : y + 514, x : x + 1030] = duplicated(module)
    return image[::-1]


def eiger_image(
    sent: SentAcquisition, frames: Sequence[int], dtype: str
) -> NDArray[np.integer[Any]]:
    """The assembled image of the sum of some frames: the counters, errors where one is missing."""
    bits, highest = sent.report["bits"], int(np.iinfo(dtype).max)
    totals = np.stack([totals_of(sent.raw(frame), bits) for frame in frames])
    for total, frame in zip(totals, frames, strict=True):
        total[sent.missing_pixels(frame)] = NO_TOTAL
    limit = min(LIMITS[bits], highest - 1) if len(frames) == 1 and bits < 32 else highest - 1
    modules = narrowed_totals(sum_totals(totals), dtype, limit)
    image = np.full(SHAPE, np.iinfo(dtype).min or highest, dtype)
    for module, (x, y) in zip(modules, PLACES, strict=True):
        image[y : y + 514, x : x + 1030] = with_chip_gaps(module, int(image[520, 0]))
    return image[::-1]


def assert_jungfrau_images(
    run: WireRun, state: Path, gain_files: Sequence[str], frames_per_image: int = 1
) -> None:
    """Every pixel of every image is right; images with a lost frame are errors all over."""
    expected = JungfrauImages(run.sent, state, gain_files)
    with h5py.File(run.master) as file:
        for number, image in enumerate(file["/entry/data/data"]):
            frames = range(number * frames_per_image, (number + 1) * frames_per_image)
            wrong = expected.image(frames, image.dtype.name).wrong_pixels(image)
            assert wrong == 0, f"{wrong} pixels of image {number}"


def assert_packets_told(run: WireRun, frames_per_image: int = 1) -> None:
    """Packets per image, and of the run, are those sent less those missing, exactly."""
    sent = run.sent
    by_image = sent.packets_missing.reshape(-1, frames_per_image).sum(axis=1)
    expected = sent.packets_per_frame * frames_per_image
    with h5py.File(run.master) as file:
        entry = file["/entry/image"]
        valid = entry["valid"][:].astype(bool)
        count = len(valid)
        received = entry["packets_received"][:]
        np.testing.assert_array_equal(received[valid], expected - by_image[:count][valid])
        np.testing.assert_array_equal(entry["packets_expected"][:][valid], expected)
        np.testing.assert_allclose(
            entry["efficiency"][:][valid], received[valid] / expected, rtol=1e-6
        )
        detector = file["/entry/instrument/detector/detectorSpecific"]
        told = float(detector["data_collection_efficiency"][()])
    efficiency = 1 - by_image.sum() / (expected * len(by_image))
    assert np.isclose(told, efficiency, rtol=1e-6)
    assert np.isclose(run.statistics["collection_efficiency"], efficiency, rtol=1e-6)
