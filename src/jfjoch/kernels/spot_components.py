"""Strong pixels that touch, also at corners, as components.

The marks of a module are read as runs: strong pixels side by side in a row. Runs that touch are
joined, the earlier one being the root of both (union-find with path halving, Tarjan & van Leeuwen
1984). Afterwards the runs of a component are a chain that begins at its root.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._intrinsics import trailing_zeros
from jfjoch.kernels._jit import kernel_part
from jfjoch.kernels.spot_pixels import GROUP_PIXELS, ModuleBox, any_mark

NO_RUN = -1


class Runs(NamedTuple):
    """Memory for the runs of one module, in the order of its pixels; all int32."""

    row: NDArray[np.int32]
    begin: NDArray[np.int32]
    """First column."""
    end: NDArray[np.int32]
    """Column behind the last."""
    root: NDArray[np.int32]
    """A run before this one that it is joined with, or itself."""
    pixels: NDArray[np.int32]
    """Of the whole component, at its root."""
    next: NDArray[np.int32]
    """The component's next run, or ``NO_RUN``."""
    last: NDArray[np.int32]
    """The component's last run, at its root."""


def new_runs(rows: int, columns: int) -> Runs:
    """Reserve memory for as many runs as fit into a module; unused, it costs nothing."""
    most = rows * ((columns + 1) // 2)
    return Runs(*(np.empty(most, np.int32) for _ in Runs._fields))


@kernel_part
def join_marks(box: ModuleBox, marks: NDArray[np.uint64], runs: Runs) -> int:
    """Find the runs of a whole module and join them; return their number."""
    above = size = 0
    for row in range(box.rows):
        first = size
        if any_mark(box, row, marks):
            size = _runs_of_row(box, row, marks, runs, size)
        if size > first and first > above:
            _join_rows(above, first, size, runs)
        above = first
    _chain(size, runs)
    return size


@kernel_part
def _runs_of_row(box: ModuleBox, row: int, marks: NDArray[np.uint64], runs: Runs, size: int) -> int:
    first = size
    for group in range(box.words - 1):
        word = marks[np.uint64(box.marks + row * box.words + group)]
        while word != 0:
            start = trailing_zeros(word)
            gaps = ~(word >> np.uint64(start))
            length = trailing_zeros(gaps) if gaps != 0 else GROUP_PIXELS
            begin = group * GROUP_PIXELS + start
            end = begin + length
            if size > first and runs.end[size - 1] == begin:
                runs.end[size - 1] = end
            else:
                runs.row[size], runs.begin[size], runs.end[size] = row, begin, end
                runs.root[size] = size
                size += 1
            rest = start + length
            done = np.uint64(rest) if rest < GROUP_PIXELS else np.uint64(0)
            word = (word >> done) << done if rest < GROUP_PIXELS else np.uint64(0)
    return size


@kernel_part
def _join_rows(above: int, first: int, size: int, runs: Runs) -> None:
    """Join runs [first, size) with those of the row before, [above, first), that they touch."""
    upper, lower = above, first
    while upper < first and lower < size:
        if runs.begin[upper] <= runs.end[lower] and runs.begin[lower] <= runs.end[upper]:
            one, other = _root(upper, runs), _root(lower, runs)
            runs.root[max(one, other)] = min(one, other)
        if runs.end[upper] < runs.end[lower]:
            upper += 1
        else:
            lower += 1


@kernel_part
def _root(run: int, runs: Runs) -> int:
    while runs.root[run] != run:
        runs.root[run] = runs.root[runs.root[run]]
        run = runs.root[run]
    return run


@kernel_part
def _chain(size: int, runs: Runs) -> None:
    """Chain the runs of each component, and count its pixels."""
    for run in range(size):
        root = _root(run, runs)
        runs.root[run], runs.next[run] = root, NO_RUN
        pixels = runs.end[run] - runs.begin[run]
        if root == run:
            runs.pixels[root] = pixels
        else:
            runs.pixels[root] += pixels
            runs.next[runs.last[root]] = run
        runs.last[root] = run
