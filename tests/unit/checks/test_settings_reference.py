import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "scripts" / "settings_reference.py"
PAGE = ROOT / "docs" / "reference" / "settings.md"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_committed_page_is_what_the_models_say() -> None:
    result = run("--check", str(PAGE))
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_page_out_of_date_is_noticed_and_brought_up_to_date(tmp_path: Path) -> None:
    page = tmp_path / "settings.md"
    page.write_text("old")
    result = run("--check", str(page))
    assert result.returncode == 1
    assert "run scripts/docs" in result.stdout
    assert page.read_text() == "old"
    assert run(str(page)).returncode == 0
    assert page.read_text() == PAGE.read_text()


@pytest.mark.parametrize(
    "row",
    [
        "| `frame_time_us` | integer | ≥ 1 | **required** |",
        "| `internal_frame_generator_images` | integer | ≥ 1, ≤ 64 | `1` |",
        '| `compression` | string | `bslz4`, `bszstd`, `bszstd_rle`, `none` | `"bslz4"` |',
        "| `incident_energy_keV` | number | ≥ 0.001, ≤ 500.0 | **required** |",
        "| `detector` | list of [Detector](#detector) | at least 1 long | **required** |",
        "| `goniometer` | [RotationAxis](#rotationaxis) |  |  |",
    ],
)
def test_a_row_tells_type_range_and_default(row: str) -> None:
    assert row in PAGE.read_text().splitlines()
