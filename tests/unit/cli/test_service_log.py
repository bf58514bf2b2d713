"""Log lines."""

import logging

import pytest

from jfjoch.cli.service_log import OneLineFormatter


def line(message: str) -> str:
    return OneLineFormatter().format(
        logging.LogRecord("x", logging.INFO, "file", 1, "%s", (message,), None)
    )


@pytest.mark.parametrize("end", ["\n", "\r", "\x0b", "\x1b[2J", "\x85", "\u2028"])
def test_nothing_a_user_sends_begins_a_line(end: str) -> None:
    logged = line(f"run 1: collecting x{end}2026-01-01 ERROR forged")
    assert len(logged.splitlines()) == 1
    assert "\x1b" not in logged


def test_letters_of_all_languages_are_kept() -> None:
    assert line("Größe 試料").endswith(" INFO Größe 試料")
