"""What killed processes leave behind."""

import os
import subprocess
import sys
from pathlib import Path

from jfjoch.detector.sls.shared_memory import name_of, remove_left_behind


def test_only_that_of_ended_processes_is_removed(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    names = [
        f"slsDetectorPackage_detector_0_{name_of(ended.pid)}",
        f"slsDetectorPackage_detector_0_module_1_{name_of(ended.pid)}",
        f"slsDetectorPackage_detector_0_{name_of(os.getpid())}",
        "slsDetectorPackage_detector_0_somebody_else",
        f"other_{name_of(ended.pid)}",
    ]
    for name in names:
        (tmp_path / name).touch()
    remove_left_behind(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names[2:])
