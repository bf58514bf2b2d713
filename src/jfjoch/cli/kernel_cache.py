"""Where compiled kernels are kept, so that only the first start compiles them."""

import os
from collections.abc import MutableMapping
from pathlib import Path

import jfjoch

_KERNELS = Path(jfjoch.__file__).parent / "kernels"
_VARIABLE = "NUMBA_CACHE_DIR"


def place_kernel_cache(
    state_directory: Path, environment: MutableMapping[str, str], kernels: Path = _KERNELS
) -> None:
    """Have kernels kept in the state directory where they can't be kept beside their source.

    Numba reads the variable when it is first imported: call this before. A value the user has
    given stands.
    """
    if not os.access(kernels, os.W_OK):
        environment.setdefault(_VARIABLE, str(state_directory / "kernel_cache"))
