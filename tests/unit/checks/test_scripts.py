import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPTS = [
    ROOT / ".ci" / "run",
    *(ROOT / "scripts" / name for name in ("setup", "check", "test", "bench", "docs", "demo")),
]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_executable_bash_that_stops_at_the_first_error(script: Path) -> None:
    lines = script.read_text().splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", str(script)], check=True)


def test_setup_has_nothing_to_do_for_an_unchanged_checkout(tmp_path: Path) -> None:
    """What is installed is noted with the files it was installed from."""
    checkout = tmp_path / "a checkout"
    (checkout / "scripts").mkdir(parents=True)
    (checkout / "scripts" / "setup").write_bytes((ROOT / "scripts" / "setup").read_bytes())
    for name in ("pyproject.toml", "constraints.txt"):
        (checkout / name).write_text("")
    pip = checkout / ".venv" / "bin" / "python"
    pip.parent.mkdir(parents=True)
    pip.write_text('#!/usr/bin/env bash\necho "pip: $*" >>pip.log\n')
    pip.chmod(0o755)

    def installed(*arguments: str) -> str:
        (checkout / "pip.log").unlink(missing_ok=True)
        subprocess.run(
            ["bash", str(checkout / "scripts" / "setup"), *arguments], check=True, cwd=tmp_path
        )
        log = checkout / "pip.log"
        return log.read_text() if log.exists() else ""

    assert "-e .\n" in installed()
    assert installed() == ""
    assert "-e .[dev]\n" in installed("dev")
    assert installed("dev") == ""
    assert installed() == "", "what developers have is enough for users"
    (checkout / "pyproject.toml").write_text("changed")
    assert "-e .\n" in installed()
