"""Indexing of simulated stills: rates, and the time per image in copies of a 4M image."""

import argparse

import numpy as np

from benchmarks.kernels.measurement import alternating_times_s
from tests.helpers.indexing_rates import CRYSTALS, TOLERANCE, indexing_of, measure_rates, spot_list
from tests.helpers.stills import SimulatedCrystal, SimulatedStill, random_spots

IMAGE_SHAPE = 2164, 2068
ROTATION = 6
"""Images to copy in rotation, so that none stays in the cache."""
COPY, INDEX = "copy", "index"


class Copies:
    """Copies of a 4M int16 image."""

    def __init__(self) -> None:
        self._sources = np.ones((ROTATION, *IMAGE_SHAPE), np.int16)
        self._target = np.ones_like(self._sources)

    def copy(self, number: int) -> None:
        """Copy one image."""
        np.copyto(self._target[number % ROTATION], self._sources[number % ROTATION])


def cost(crystal: SimulatedCrystal, stills: list[SimulatedStill], copies: Copies) -> float:
    """Return the median time to index an image, in copies; both take turns."""
    indexing, lists = indexing_of(crystal), [spot_list(still) for still in stills]

    def index(number: int) -> None:
        indexing.apply(lists[number % len(lists)], TOLERANCE)

    times = alternating_times_s({COPY: copies.copy, INDEX: index}, len(lists))
    return times[INDEX] / times[COPY]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kernels.indexing")
    parser.add_argument("--images", type=int, default=100)
    count = parser.parse_args().images
    copies = Copies()
    copy_s = alternating_times_s({COPY: copies.copy}, 60)[COPY]
    print(f"{count} stills per cell; a copy of a 4M int16 image takes {copy_s * 1e3:.2f} ms")
    titles = "indexed", "oriented", "copies", "15-20 spots", "blank", "100 random"
    print(f"{'':14}" + "".join(f"{title:>13}" for title in titles))
    for name, crystal in CRYSTALS.items():
        rng = np.random.default_rng(1)
        stills = [crystal.still(rng) for _ in range(count)]
        few = [still.strongest(int(rng.integers(15, 21))) for still in stills]
        random = [random_spots(100, rng) for _ in range(max(count // 5, 1))]
        rates = measure_rates(indexing_of(crystal), crystal, stills + few)
        costs = [cost(crystal, kind, copies) for kind in (stills, few, [random_spots(0, rng)] * 9)]
        costs.append(cost(crystal, random, copies))
        numbers = "".join(f"{value:13.2f}" for value in costs)
        print(f"{name:14}{rates.indexed:13.1%}{rates.oriented:13.1%}{numbers}", flush=True)


if __name__ == "__main__":
    main()
