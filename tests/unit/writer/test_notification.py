"""What is told of finished data files, and when (W020-W037)."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jfjoch.messages.start import SampleInfo
from jfjoch.writer.finished_file import FinishedFile
from jfjoch.writer.notification import notification
from tests.helpers.saved_run import files_below
from tests.helpers.writer_bench import WriterBench
from tests.helpers.writer_messages import end_message, image_message, start_message


@pytest.fixture
def bench(tmp_path: Path) -> WriterBench:
    return WriterBench(tmp_path)


def test_everything_is_told_with_its_type(bench: WriterBench) -> None:
    """W021-W036: names, types, units; file_number from 0, names from 1."""
    start = start_message(5, "user/run", images_per_file=3)
    bench.feed(start, *[image_message(n, start) for n in range(5)], end_message(start, 5))
    first, second = bench.announced.notes
    expected = {
        "filename": "user/run_data_000001.h5",
        "nimages": 3,
        "file_number": 0,
        "sample_name": "lysozyme",
        "run_name": "run one",
        "run_number": 1,
        "experiment_group": "p12345",
        "user_data": None,
        "beam_x_pxl": 31.25,
        "beam_y_pxl": 20.5,
        "detector_distance_m": 0.155,
        "detector_height_pxl": 48,
        "detector_width_pxl": 64,
        "image_time_s": 0.001,
        "incident_energy_eV": 12_400.0,
        "pixel_size_m": 75e-6,
        "saturation": 32766,
        "underload": -32768,
        "space_group_number": 96,
        "unit_cell": {
            **{"a": 79.0, "b": 79.0, "c": 38.0},
            **{"alpha": 90.0, "beta": 90.0, "gamma": 90.0},
        },
    }
    assert first == expected
    assert {name: type(value) for name, value in first.items()} == {
        name: type(value) for name, value in expected.items()
    }
    changed = {"filename": "user/run_data_000002.h5", "nimages": 2, "file_number": 1}
    assert second == expected | changed


def test_what_the_user_left_out_is_left_out() -> None:
    """W025, W032."""
    content = notification(start_message(sample=SampleInfo()), FinishedFile(0, 10))
    assert not {"experiment_group", "space_group_number", "unit_cell"} & set(content)
    assert content["sample_name"] == ""


@pytest.mark.parametrize(
    ("appendix", "expected"),
    [
        ({"a": [1, None]}, {"a": [1, None]}),
        ('{"param1": "test1", "param2": ["x", "y"]}', {"param1": "test1", "param2": ["x", "y"]}),
        ("17", 17),
        ('a "plain" text', 'a "plain" text'),
        ("[" * 100_000, "[" * 100_000),
        (None, None),
    ],
)
def test_the_header_appendix(appendix: Any, expected: Any) -> None:
    """W026, W037: JSON in a text is embedded, any other text stays text."""
    start = start_message()
    start = replace(start, sample=replace(start.sample, header_appendix=appendix))
    content = notification(start, FinishedFile(3, 1))
    assert content["user_data"] == expected
    assert json.loads(json.dumps(content)) == content


def test_a_file_is_told_when_it_is_complete(bench: WriterBench) -> None:
    """W020: not before it has its name and all its images, and without waiting for the end."""
    start = start_message(7, images_per_file=3)
    bench.feed(start, *[image_message(n, start) for n in (0, 3, 1)])
    assert bench.announced.notes == []
    bench.feed(image_message(2, start))
    assert [note["filename"] for note in bench.announced.notes] == ["run_data_000001.h5"]
    bench.feed(image_message(6, start), end_message(start, 7))
    assert [note["file_number"] for note in bench.announced.notes] == [0, 2, 1]
    assert [note["nimages"] for note in bench.announced.notes] == [3, 1, 3]
    assert bench.announced.images_found == [3, 1, 3]


def test_files_closed_early_are_told(bench: WriterBench) -> None:
    """W034: with the images that are in them."""
    start = start_message(100, images_per_file=50)
    bench.feed(start, *[image_message(n, start) for n in range(4)], end_message(start, 4))
    assert [note["nimages"] for note in bench.announced.notes] == [4]
    start = start_message(100, "stopped", run_number=2)
    bench.feed(start, image_message(1, start))
    bench.service.close()
    assert [note["nimages"] for note in bench.announced.notes] == [4, 2]


def test_what_is_not_complete_is_not_told(bench: WriterBench) -> None:
    """Neither a refused run nor a file that can't get its name."""
    refused = start_message(2, "../x")
    bench.feed(refused, image_message(0, refused), end_message(refused, 2))
    start = start_message(2, run_number=2)
    bench.feed(start, image_message(0, start))
    (bench.root / "run_data_000001.h5").write_bytes(b"precious")
    bench.feed(image_message(1, start), end_message(start, 2))
    assert files_below(bench.root) == {"run_data_000001.h5", "run_data_000001.h5.partial"}
    assert bench.announced.notes == []


@pytest.mark.parametrize(
    ("dtype", "underload", "saturation"), [("uint16", 65535, 65534), ("int32", -(2**31), 2**31 - 2)]
)
def test_the_limits_of_the_pixel_type(dtype: str, underload: int, saturation: int) -> None:
    """W031."""
    content = notification(start_message(dtype=dtype), FinishedFile(0, 1))
    assert (content["underload"], content["saturation"]) == (underload, saturation)


@pytest.mark.parametrize(
    ("appendix", "told"),
    [
        ({"a": [1, 2.5, "x", True, None]}, {"a": [1, 2.5, "x", True, None]}),
        ({"a": float("nan"), "b": [float("inf")]}, {"a": None, "b": [None]}),
        ('{"a": NaN, "b": 1e999}', {"a": None, "b": None}),
        ({"a": b"bytes", "b": np.zeros(2), "c": 1}, {"a": None, "b": None, "c": 1}),
        ({"a": datetime(2026, 1, 2, tzinfo=UTC)}, {"a": "2026-01-02T00:00:00+00:00"}),
    ],
)
def test_an_appendix_that_is_no_json(bench: WriterBench, appendix: object, told: object) -> None:
    """W026: a stream can hold more than JSON; what is told can be read by any JSON reader."""
    sample = replace(start_message().sample, header_appendix=appendix)
    start = start_message(1, sample=sample)
    bench.feed(start, image_message(0, start), end_message(start, 1))
    assert bench.reports.ends[-1].ok
    assert [note["user_data"] for note in bench.announced.notes] == [told]


@pytest.mark.parametrize("depth", [10, 200, 500, 900, 990, 100_000])
def test_an_appendix_of_brackets(depth: int) -> None:
    """W037: JSON or text, but never an error."""
    text = "[" * depth + "]" * depth
    sample = replace(start_message().sample, header_appendix=text)
    told = notification(start_message(sample=sample), FinishedFile(0, 1))["user_data"]
    assert json.dumps(told) in (text, json.dumps(text))
