"""Contents of blocks that are hard on an encoder of bit planes."""

import numpy as np
from hypothesis import strategies as st

_PIECES = ("zeros", "ones", "same", "sparse", "dense", "copy of the plane before")


def drawn_content(rng: np.random.Generator, size: int, plane_bytes: int) -> bytes:
    """Return pieces of random kinds and lengths, joined to ``size`` bytes."""
    content = bytearray()
    while len(content) < size:
        length = int(np.exp(rng.uniform(0, np.log(size + 1))))
        content += _piece(rng, _PIECES[rng.integers(len(_PIECES))], length, content, plane_bytes)
    return bytes(content[:size])


def _piece(
    rng: np.random.Generator, kind: str, length: int, content: bytearray, plane_bytes: int
) -> bytes:
    if kind == "sparse":
        few = rng.random(length) < rng.uniform(0, 0.5)
        return (few * rng.integers(1, 256, length, np.uint8)).tobytes()
    if kind == "dense":
        return rng.bytes(length)
    if kind == "copy of the plane before" and len(content) >= plane_bytes:
        start = len(content) - plane_bytes
        return bytes(content[start : start + length])
    value = {"zeros": 0, "ones": 255}.get(kind, int(rng.integers(256)))
    return bytes([value]) * length


@st.composite
def contents(draw: st.DrawFn, largest: int = 2048) -> tuple[bytes, int]:
    """Draw runs and literals of chosen lengths, and the bytes of a plane."""
    unit = draw(st.sampled_from([8, 16, 32]))
    plane_bytes = draw(st.integers(1, largest // unit))
    size = plane_bytes * unit
    content = bytearray()
    while len(content) < size:
        length = draw(st.integers(1, 40) | st.integers(1, size))
        match draw(st.sampled_from(["run", "literals", "plane"])):
            case "run":
                content += bytes([draw(st.sampled_from([0, 0, 255, 7]))]) * length
            case "literals":
                content += np.random.default_rng(draw(st.integers(0, 2**32))).bytes(length)
            case "plane":
                start = max(0, len(content) - plane_bytes)
                content += content[start : start + length]
    return bytes(content[:size]), plane_bytes
