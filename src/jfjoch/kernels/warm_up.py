"""Compilation of all kernels before they are needed."""

from collections.abc import Callable

from jfjoch.kernels import (
    azimuthal,
    bitshuffle_blocks,
    counter,
    fixed_gain,
    frame,
    indexing_tables,
    mask,
    packet_reception,
    pedestal,
    pixel_statistics,
    quantisation,
    roi,
    simulation,
    spot_finding,
)

_KERNELS = (
    frame,
    fixed_gain,
    counter,
    mask,
    quantisation,
    pixel_statistics,
    bitshuffle_blocks,
    pedestal,
    simulation,
    azimuthal,
    roi,
    spot_finding,
    indexing_tables,
    packet_reception,
)


def warm_up(progress: Callable[[str, int, int], None]) -> None:
    """Compile every kernel, or load it from disk, for all types it is used with.

    ``progress(name, done, total)`` is called before each group of kernels is compiled, and once
    more, with an empty name, when all are done. Takes a minute or less the first time.
    """
    for done, module in enumerate(_KERNELS):
        progress(module.__name__.rpartition(".")[2], done, len(_KERNELS))
        module.warm_up()
    progress("", len(_KERNELS), len(_KERNELS))
