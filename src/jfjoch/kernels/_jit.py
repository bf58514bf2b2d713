"""The only place that knows Numba's options."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba import config

Function = TypeVar("Function", bound=Callable[..., Any])


def _cache_directory() -> Path:
    """A directory of its own for every state of the kernels' sources.

    Numba notices a change of the file a kernel stands in, but not of one it calls kernels from.
    """
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(here.glob("*.py")):
        digest.update(path.read_bytes())
    # Numba sets its settings at run time only.
    base = Path(config.CACHE_DIR or here / "__pycache__")  # type: ignore[attr-defined]
    return base / f"kernels-{digest.hexdigest()[:16]}"


# Where that can't be written, Numba falls back to the user's cache directory.
config.CACHE_DIR = str(_cache_directory())  # type: ignore[attr-defined]


def kernel(function: Function) -> Function:
    """Compile ``function`` on first use: no GIL, kept on disk, arithmetic exactly as written.

    ``fastmath`` stays off because NaN and infinity carry meaning in the tables. Indices are not
    checked: callers check shapes before they call. The error model "numpy" makes x / 0 infinite
    in place of an exception, which would keep loops from being vectorised.
    """
    return cast("Function", numba.njit(cache=True, **_OPTIONS)(function))


def kernel_part(function: Function) -> Function:
    """Like ``kernel``, for a piece of one: always inlined, so that its loops see constants."""
    return cast("Function", numba.njit(forceinline=True, **_OPTIONS)(function))


_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "boundscheck": False,
    "fastmath": False,
    "error_model": "numpy",
}
