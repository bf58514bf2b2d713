"""Rates of indexing over many simulated stills of five cells.

``python -m tests.endurance.indexing_rates --images 300`` (half an hour); fewer are part of the test
suite. Prints the part of the images indexed and the part with the right orientation, and ends with
an error if one is below what is asked for.
"""

import argparse
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from jfjoch.processing.indexing import Indexing
from tests.helpers.indexing_rates import CRYSTALS, indexing_of, measure_rates
from tests.helpers.stills import SimulatedCrystal, SimulatedStill, random_spots


class Condition(NamedTuple):
    """Images, what is told about them, and the part that has to be indexed."""

    name: str
    indexing: Indexing
    stills: list[SimulatedStill]
    least: float
    most: float = 1.0


def conditions(
    crystal: SimulatedCrystal, stills: list[SimulatedStill], rng: np.random.Generator
) -> Iterator[Condition]:
    """Yield all of one crystal."""
    right = indexing_of(crystal)
    few = [still.strongest(int(rng.integers(15, 21))) for still in stills]
    yield Condition("all spots", right, stills, 0.98)
    yield Condition("15 to 20 spots", right, few, 0.98)
    for factor in (0.99, 1.01):
        yield Condition(f"cell x {factor}", indexing_of(crystal, factor), stills, 0.95)
        yield Condition(f"distance x {factor}", indexing_of(crystal, 1, factor), stills, 0.95)
        yield Condition(f"few, cell x {factor}", indexing_of(crystal, factor), few, 0.95)
        yield Condition(f"few, distance x {factor}", indexing_of(crystal, 1, factor), few, 0.95)
    yield Condition("30 % false added", right, [s.with_false_spots(0.3, rng) for s in stills], 0.9)
    yield Condition("few, 30 % false", right, [s.with_false_spots(0.3, rng) for s in few], 0.9)
    yield Condition("blank", right, [random_spots(0, rng) for _ in stills], 0, 0.01)
    yield Condition("100 random spots", right, [random_spots(100, rng) for _ in stills], 0, 0.01)


def check(condition: Condition, crystal: SimulatedCrystal) -> bool:
    """Index, print a line, and tell whether the rates are as asked for."""
    rates = measure_rates(condition.indexing, crystal, condition.stills)
    fine = condition.least <= rates.oriented and rates.indexed <= condition.most
    line = f"  {condition.name:24} indexed {rates.indexed:6.1%}  oriented {rates.oriented:6.1%}"
    print(line + ("" if fine else "  NOT AS ASKED FOR"), flush=True)  # noqa: T201  (the output)
    return fine


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.endurance.indexing_rates")
    parser.add_argument("--images", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    fine = True
    for name, crystal in CRYSTALS.items():
        print(name, flush=True)  # noqa: T201  (the output of the command)
        rng = np.random.default_rng(options.seed)
        stills = [crystal.still(rng) for _ in range(options.images)]
        for condition in conditions(crystal, stills, rng):
            fine = check(condition, crystal) and fine
    if not fine:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
