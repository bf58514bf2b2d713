"""A short run of random requests; the long one is ``tests.endurance.http_fuzz``."""

from tests.endurance.http_fuzz import broker_to_try, fuzz

EXAMPLES = 4
OPERATIONS = 63


def test_every_answer_is_declared() -> None:
    """B003-B010: status, content type, schema and size, whatever is asked."""
    with broker_to_try() as real:
        tried = list(fuzz(real, EXAMPLES))
        assert real.client.get("/status").status_code == 200
    assert len(tried) >= OPERATIONS
