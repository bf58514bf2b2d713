"""Colours of previews: grey for counts, and one colour for each thing that is no count."""

GREY_LEVELS = 244
"""Palette indices 0 (black) to ``GREY_LEVELS`` - 1 (white)."""
WHITE = GREY_LEVELS - 1

_FIRST = GREY_LEVELS
GAP = _FIRST
MASKED = _FIRST + 1
USER_MASK = _FIRST + 2
ERROR = _FIRST + 3
SATURATED = _FIRST + 4
SPOT = _FIRST + 5
INDEXED_SPOT = _FIRST + 6
ROI = _FIRST + 7
RING = _FIRST + 8
BEAM = _FIRST + 9

COLOURS: dict[int, tuple[int, int, int]] = {
    GAP: (190, 205, 225),
    MASKED: (150, 130, 170),
    USER_MASK: (120, 190, 120),
    ERROR: (255, 210, 0),
    SATURATED: (230, 0, 0),
    SPOT: (0, 90, 255),
    INDEXED_SPOT: (0, 150, 0),
    ROI: (200, 0, 200),
    RING: (255, 120, 0),
    BEAM: (0, 160, 160),
}
"""Red, green and blue of what is not grey."""


def palette_rgb() -> bytes:
    """Return red, green, blue of index 0, then of index 1 and so on."""
    greys = [(round(level * 255 / WHITE),) * 3 for level in range(GREY_LEVELS)]
    colours = [COLOURS[index] for index in sorted(COLOURS)]
    return bytes(part for colour in [*greys, *colours] for part in colour)
