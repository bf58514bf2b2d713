import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[3] / "scripts" / "file_length.py"


def check(directory: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), str(directory)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_400_lines_are_allowed(tmp_path: Path) -> None:
    (tmp_path / "long.py").write_text("x = 1\n" * 400)
    result = check(tmp_path)
    assert (result.returncode, result.stdout) == (0, "")


def test_401_lines_are_refused_by_name_in_any_depth(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "long.py").write_text("x = 1\n" * 401)
    result = check(tmp_path)
    assert result.returncode == 1
    assert "deep/long.py: 401 lines" in result.stdout
