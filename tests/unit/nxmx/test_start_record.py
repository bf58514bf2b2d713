"""The start message that each data file keeps."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from jfjoch.nxmx.start_record import StartRecord, read_start_record

_MIB = 1 << 20


@pytest.mark.parametrize(
    "sizes",
    [[1], [0, 5], [_MIB], [1, _MIB], [_MIB - 1, 1, 5, 3 * _MIB], [7, 2 * _MIB + 5, 9]],
)
def test_a_message_in_any_pieces_comes_back(tmp_path: Path, sizes: list[int]) -> None:
    rng = np.random.default_rng(1)
    pieces = [rng.bytes(size) for size in sizes]
    with _file(tmp_path, StartRecord.of(pieces)) as file:
        assert read_start_record(file) == b"".join(pieces)


def test_a_mask_shrinks_and_is_taken_as_it_lies_in_memory(tmp_path: Path) -> None:
    mask = np.zeros((1024, 2048), np.uint32)
    mask[::255] = 1
    record = StartRecord.of([b"head", memoryview(mask), b"tail"])
    assert sum(len(chunk) for chunk in record.chunks) < mask.nbytes / 40
    with _file(tmp_path, record) as file:
        assert read_start_record(file) == b"head" + mask.tobytes() + b"tail"


def test_a_damaged_record_reads_as_none(tmp_path: Path) -> None:
    record = StartRecord.of([bytes(3 * _MIB)])
    damaged = StartRecord(record.size_bytes, (b"\xff" * 40, *record.chunks[1:]))
    with _file(tmp_path, damaged) as file:
        assert read_start_record(file) == b""


def test_a_file_without_a_record_reads_as_none(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_group("entry")
        assert read_start_record(file) == b""


def _file(place: Path, record: StartRecord) -> h5py.File:
    with h5py.File(place / "x.h5", "w") as file:
        file.create_group("entry")
        record.write(file)
    return h5py.File(place / "x.h5")
