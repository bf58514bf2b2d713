"""The pages made from operations, states and messages: complete, and what the code says."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
REFERENCE = ROOT / "docs" / "reference"
PAGES = {
    "api_reference.py": REFERENCE / "api.md",
    "stream_reference.py": REFERENCE / "stream_keys.md",
    "hdf5_reference.py": REFERENCE / "hdf5.md",
    "control_reference.py": REFERENCE / "simulator-control.md",
}


def run(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("script", PAGES)
def test_the_committed_page_is_what_the_code_says(script: str) -> None:
    result = run(ROOT / "scripts" / script, "--check", str(PAGES[script]))
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    "row",
    [
        "| `POST /initialize` | Get the detector ready and measure its pedestal; returns at once. "
        "| Inactive, Error, Idle |  |  | 200, 500 [ErrorMessage](http.md#status-codes) |",
        "| `GET /xfel/pulse_id` | Pulse of each image of the last run, or of the one that runs; "
        "-1: not recorded. | any |  |  | 200 list of integer, 404 |",
        "| `POST /wait_till_done` | Wait until the running operation has ended, at most `timeout` "
        "seconds. | any | `timeout`: integer, ≥ 0, ≤ 3600, default 60 |  "
        "| 200, 400, 500 [ErrorMessage](http.md#status-codes), 502, 504 |",
    ],
)
def test_a_row_tells_states_query_body_and_answers(row: str) -> None:
    assert row in PAGES["api_reference.py"].read_text().splitlines()


@pytest.mark.parametrize(
    "row",
    [
        "| `detector_distance` | float | m |",
        "| `pixel_mask.default` | matrix of uint32 | of the images, 0 = good, bits as in NXmx |",
        "| `real_time` | list of 2 integer | s, exposure, as [numerator, denominator] |",
        "| `data.default` | matrix, compressed | the pixels |",
        "| `end_date` | date-time | when the run ended |",
    ],
)
def test_a_row_tells_type_and_unit(row: str) -> None:
    assert row in PAGES["stream_reference.py"].read_text().splitlines()


def copy_scripts(directory: Path, script: str) -> None:
    for name in (script, "generated_page.py", "full_message.py"):
        (directory / name).write_text((ROOT / "scripts" / name).read_text())


def test_a_key_without_a_meaning_is_named(tmp_path: Path) -> None:
    """Whoever adds a key to a message is told where to describe it."""
    copy_scripts(tmp_path, "stream_reference.py")
    meanings = json.loads((ROOT / "scripts" / "stream_keys.json").read_text())
    del meanings["end"]["cancelled"]
    meanings["end"]["stopped"] = "no such key"
    (tmp_path / "stream_keys.json").write_text(json.dumps(meanings))
    page = tmp_path / "page.md"
    result = run(tmp_path / "stream_reference.py", str(page))
    assert result.returncode == 1
    assert "end: describe ['cancelled'], drop ['stopped']" in result.stderr
    assert not page.exists()


def test_a_field_of_the_files_without_a_meaning_is_named(tmp_path: Path) -> None:
    """Whoever adds a field to the files is told where to describe it."""
    copy_scripts(tmp_path, "hdf5_reference.py")
    known = json.loads((ROOT / "scripts" / "hdf5_fields.json").read_text())
    del known["meanings"]["/entry/MX/nPeaks"]
    known["meanings"]["/entry/MX/mPeaks"] = "no such field"
    (tmp_path / "hdf5_fields.json").write_text(json.dumps(known))
    page = tmp_path / "page.md"
    result = run(tmp_path / "hdf5_reference.py", str(page))
    assert result.returncode == 1
    assert "describe ['/entry/MX/nPeaks'], drop ['/entry/MX/mPeaks']" in result.stderr
    assert not page.exists()
