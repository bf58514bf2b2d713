import os
import threading
from pathlib import Path

import pytest

from jfjoch.cli.client_file import read_file, refuse_existing, write_file
from jfjoch.errors import InvalidInput, OperationFailed


def test_a_file_is_replaced_as_a_whole_and_nothing_is_left_over(tmp_path: Path) -> None:
    path = tmp_path / "image.jpeg"
    path.write_bytes(b"old")
    with path.open("rb") as before:
        write_file(path, b"new")
        assert before.read() == b"old"
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    link.symlink_to(target)
    write_file(link, b"content")
    assert link.is_symlink()
    assert target.read_bytes() == b"content"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_file(pipe, b"content")
    reader.join()
    assert read == [b"content"]
    assert pipe.is_fifo()


def test_where_nothing_can_be_written_the_place_is_named(tmp_path: Path) -> None:
    with pytest.raises(OperationFailed, match=r"none/image\.jpeg: expected a place"):
        write_file(tmp_path / "none" / "image.jpeg", b"content")
    with pytest.raises(OperationFailed, match="directory"):
        write_file(tmp_path, b"content")
    assert list(tmp_path.iterdir()) == []


def test_names_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "file"
    refuse_existing(path)
    with pytest.raises(InvalidInput, match="got: No such file"):
        read_file(path)
    path.write_bytes(b"content")
    assert read_file(path) == b"content"
    with pytest.raises(InvalidInput, match="remove it first"):
        refuse_existing(path)
