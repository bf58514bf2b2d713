"""Images that came and were not written."""

from collections import Counter, defaultdict

DUPLICATE = "duplicate"
"""The image is on disk already, so that nothing is lost."""
_SHOWN_NUMBERS = 5


class Refusals:
    """Counts them by reason, and remembers the numbers of the first ones."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._first_numbers: defaultdict[str, list[int]] = defaultdict(list)

    def add(self, reason: str, image_id: int) -> None:
        """Note one image."""
        self._counts[reason] += 1
        if len(self._first_numbers[reason]) < _SHOWN_NUMBERS:
            self._first_numbers[reason].append(image_id)

    def count(self, reason: str) -> int:
        """Images refused for this reason."""
        return self._counts[reason]

    @property
    def total(self) -> int:
        """Images refused for any reason."""
        return self._counts.total()

    @property
    def duplicates(self) -> str:
        """How many came twice, in words; "" for none."""
        return self._phrase(DUPLICATE) if self._counts[DUPLICATE] else ""

    @property
    def losses(self) -> str:
        """What is not on disk because of it, in words; "" for nothing."""
        phrases = [self._phrase(reason) for reason in self._counts if reason != DUPLICATE]
        return f"images refused: {', '.join(phrases)}" if phrases else ""

    def _phrase(self, reason: str) -> str:
        count, shown = self._counts[reason], self._first_numbers[reason]
        numbers = ", ".join(map(str, shown)) + (", ..." if count > len(shown) else "")
        return f"{count} {reason} (number {numbers})"
