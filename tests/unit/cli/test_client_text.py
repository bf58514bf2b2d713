import pytest

from jfjoch.cli.client_json import as_json
from jfjoch.cli.client_text import one_line, plain, table


@pytest.mark.parametrize("text", ["\x1b[2J", "\x07", "\x9b31m", "\u202e", "\ud800", "\x7f", "\r"])
def test_what_could_command_a_terminal_is_escaped(text: str) -> None:
    assert plain(text).isprintable()
    assert plain(text).startswith("\\")
    assert as_json(text).isprintable()


def test_other_text_stays_as_it_is() -> None:
    assert plain("Größe 3 µm, 結晶") == "Größe 3 µm, 結晶"


def test_a_message_becomes_one_line_of_bounded_length() -> None:
    assert one_line("first: wrong\n\nsecond: wrong\n") == "first: wrong; second: wrong"
    assert one_line("") == ""
    assert len(one_line("x" * 10_000)) < 2_100


def test_a_table_lines_its_values_up() -> None:
    rows = [("state", "Idle"), ("last message", ""), ("x", "two\nlines")]
    assert table(rows) == "state         Idle\nlast message  -\nx             two; lines"
    assert table([]) == ""
