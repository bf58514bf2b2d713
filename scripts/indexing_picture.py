"""Draws the picture of docs/explanations/indexing.md from a simulated still."""

import sys

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from jfjoch.detector.simulated.crystal import (
    CELL_A_ANGSTROM,
    CELL_C_ANGSTROM,
    LysozymeCrystal,
    random_rotation,
)
from jfjoch.geometry.module_shape import PIXEL_SIZE_M
from jfjoch.kernels.indexing_periods import Directions
from jfjoch.kernels.indexing_score import Spots, Vectors, score_vectors
from jfjoch.kernels.indexing_tables import new_search_tables, new_spots
from jfjoch.messages.analysis import SpotList
from jfjoch.messages.start import BeamGeometry, UnitCell
from jfjoch.processing.indexing import IndexedSpots, Indexing

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

BEAM = BeamGeometry(1034.0, 1082.0, 0.15, 12398.42, 1.0)
CELL = UnitCell(CELL_A_ANGSTROM, CELL_A_ANGSTROM, CELL_C_ANGSTROM, 90, 90, 90)
SPOTS, FALSE_SPOTS = 90, 27
DIRECTIONS = 20_000


def still() -> tuple[SpotList, NDArray[np.float64]]:
    """Return strong spots of a crystal and some anywhere, and the vectors s, [n, 3]."""
    rng = np.random.default_rng(5)
    seen = LysozymeCrystal(seed=1).still(random_rotation(rng), 1.0)
    forward = np.flatnonzero(seen.direction[:, 2] > 0.8)
    used = forward[np.argsort(-seen.intensity[forward])[:SPOTS]]
    metres = seen.direction[used, :2] / seen.direction[used, 2:] * BEAM.detector_distance_m
    xy = metres / PIXEL_SIZE_M + [BEAM.beam_center_x_pxl, BEAM.beam_center_y_pxl]
    x, y = np.concatenate([xy, rng.uniform(0, [2068, 2164], (FALSE_SPOTS, 2))]).T
    size = len(x)
    unknown = np.ones(size, np.float32), np.ones(size, np.int64), np.zeros(size, np.bool_)
    spots = SpotList(x.astype(np.float32), y.astype(np.float32), *unknown)
    return spots, seen.direction[used] - [0, 0, 1]


def scores(vectors: NDArray[np.float64]) -> Vectors:
    """Score vectors of the length of c in all directions."""
    spots: Spots = new_spots(len(vectors))
    for place, coordinate in zip((spots.x, spots.y, spots.z), vectors.T, strict=True):
        place[:] = coordinate
    table: Directions = new_search_tables(np.eye(3)).directions
    z = (np.arange(DIRECTIONS) + 0.5) / DIRECTIONS
    radius = np.sqrt(1 - z**2)
    parts = radius * table.cosine[:DIRECTIONS], radius * table.sine[:DIRECTIONS], z, z
    grid = Vectors(*((CELL_C_ANGSTROM * part).astype(np.float32) for part in parts))
    score_vectors(spots, len(vectors), grid, 0, DIRECTIONS)
    return grid


def draw_directions(axes: Axes, grid: Vectors, found: IndexedSpots) -> None:
    """Draw the half-sphere seen along the beam, every direction as light as its score, cubed."""
    part = grid.score / grid.score.max()
    x, y = grid.x / CELL_C_ANGSTROM, grid.y / CELL_C_ANGSTROM
    axes.scatter(x, y, c=part**3, s=8, cmap="viridis", linewidths=0)
    lattice = np.array(found.result.lattice).reshape(3, 3)
    for vector, name in zip(lattice, "abc", strict=True):
        unit = vector / np.linalg.norm(vector) * (1 if vector[2] > 0 else -1)
        axes.plot(*unit[:2], "o", mfc="none", mec="white", ms=11)
        axes.annotate(name, unit[:2], (9, -9), textcoords="offset points", color="white")
    axes.set_title("every direction, scored with the length of c", fontsize=9)


def draw_spots(axes: Axes, found: IndexedSpots) -> None:
    """Draw the spots on the detector."""
    spots = found.spots
    for mask, style, label in (
        (spots.indexed, "o", "indexed"),
        (~spots.indexed, "x", "not indexed"),
    ):
        axes.plot(spots.x_pxl[mask], spots.y_pxl[mask], style, ms=4, mfc="none", label=label)
    axes.set(xlim=(0, 2068), ylim=(2164, 0))
    axes.legend(fontsize=8, loc="upper right")
    axes.set_title(f"{len(spots)} spots, {FALSE_SPOTS} of them anywhere", fontsize=9)


def main() -> None:
    """Write the picture to the path given."""
    spots, vectors = still()
    found = Indexing(CELL, 96, BEAM).apply(spots, 0.1)
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 4))
    draw_directions(left, scores(vectors), found)
    draw_spots(right, found)
    for axes in (left, right):
        axes.set_aspect("equal")
        axes.set(xticks=[], yticks=[])
    figure.tight_layout()
    figure.savefig(sys.argv[1], dpi=80, metadata={"Software": None})
    Image.open(sys.argv[1]).convert("RGB").quantize(96).save(sys.argv[1], optimize=True)
    print(f"{found.spots.indexed.sum()} of {len(spots)} spots indexed")


if __name__ == "__main__":
    main()
