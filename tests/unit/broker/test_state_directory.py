"""Where the broker keeps its state."""

from pathlib import Path

import pytest

from jfjoch.broker.state_directory import default_state_directory, open_state_directory
from jfjoch.errors import ConfigurationError


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"XDG_STATE_HOME": "/somewhere"}, Path("/somewhere/jfjoch")),
        ({}, Path.home() / ".local/state/jfjoch"),
        ({"XDG_STATE_HOME": ""}, Path.home() / ".local/state/jfjoch"),
        ({"XDG_STATE_HOME": "not/absolute"}, Path.home() / ".local/state/jfjoch"),
    ],
)
def test_default(environment: dict[str, str], expected: Path) -> None:
    assert default_state_directory(environment) == expected


def test_is_created_and_left_empty(tmp_path: Path) -> None:
    directory = open_state_directory(tmp_path / "a" / "b")
    assert directory == tmp_path / "a" / "b"
    assert list(directory.iterdir()) == []


def test_unusable_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match=f"{tmp_path}/file/state"):
        open_state_directory(tmp_path / "file" / "state")
