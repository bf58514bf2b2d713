"""Results that are not computed again while their inputs are the same objects."""

from jfjoch.broker.remembered import Remembered


def test_computed_once_for_the_same_inputs() -> None:
    remembered: Remembered[int] = Remembered()
    calls = []

    def compute() -> int:
        calls.append(1)
        return len(calls)

    one, other = [1], [1]
    assert [remembered.get((one, other), compute) for _ in range(3)] == [1, 1, 1]
    assert remembered.get((other, one), compute) == 2  # equal, but not the same
    assert remembered.get((other,), compute) == 3
    assert remembered.get((other, one), compute) == 4  # only the last is remembered
