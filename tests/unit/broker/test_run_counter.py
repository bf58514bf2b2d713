"""Run numbers that count on (B060)."""

import logging
from pathlib import Path

import pytest

from jfjoch.broker.run_counter import RunCounter
from jfjoch.errors import OperationFailed
from jfjoch.model.base import INT64_MAX


def test_counts_on_over_a_restart(tmp_path: Path) -> None:
    counter = RunCounter(tmp_path)
    assert [counter.claim(), counter.claim()] == [1, 2]
    assert RunCounter(tmp_path).claim() == 3


def test_counts_on_after_a_higher_number_and_not_back_after_a_lower_one(tmp_path: Path) -> None:
    counter = RunCounter(tmp_path)
    assert counter.claim(40) == 40
    assert counter.claim(7) == 7
    assert counter.claim(0) == 0
    assert RunCounter(tmp_path).claim() == 41


def test_highest_number_of_all_stays(tmp_path: Path) -> None:
    counter = RunCounter(tmp_path)
    assert counter.claim(INT64_MAX) == INT64_MAX
    assert RunCounter(tmp_path).claim() == INT64_MAX


@pytest.mark.parametrize("content", [b"", b"-3", b"4.5", b"seven", b"\xff\xfe", b"9" * 30])
def test_unreadable_number_is_set_aside(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "run_number").write_bytes(content)
    assert RunCounter(tmp_path).claim() == 1
    assert (tmp_path / "run_number.corrupt-1").read_bytes() == content
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_number_that_can_not_be_kept_is_not_given(tmp_path: Path) -> None:
    directory = tmp_path / "state"
    directory.mkdir()
    counter = RunCounter(directory)
    directory.rmdir()
    with pytest.raises(OperationFailed, match="run_number could not be written"):
        counter.claim()
    directory.mkdir()
    assert counter.claim() == 1
