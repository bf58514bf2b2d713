"""Time that passes only when somebody waits."""


class FakeClock:
    """Call it for the time in seconds; ``wait`` lets time pass at once."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def wait(self, duration_s: float) -> None:
        """Let the time pass."""
        assert duration_s >= 0
        self.now += duration_s
