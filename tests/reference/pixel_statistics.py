"""Statistics of an image."""

from numpy.typing import NDArray


def pixel_statistics(
    image: NDArray,  # type: ignore[type-arg]  # any pixel type
    error: int,
    saturated: int,
) -> tuple[int, int, int | None, int | None]:
    """Count error pixels, then saturated ones among the others, and find the range of the rest."""
    others = image[image != error]
    viable = others[others != saturated]
    ends = (int(viable.min()), int(viable.max())) if viable.size else (None, None)
    return image.size - others.size, others.size - viable.size, *ends
