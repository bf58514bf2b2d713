import json
from pathlib import Path

import pytest

from jfjoch.calibration.gain_file import load_gain_maps
from jfjoch.cli.demo import EXAMPLE, EXAMPLE_UDP
from jfjoch.cli.demo_directory import DemoDirectory
from jfjoch.errors import ConfigurationError
from jfjoch.model.configuration import JfjochSettings


def test_each_run_gets_a_folder_and_a_prefix_of_its_own(tmp_path: Path) -> None:
    first, second = DemoDirectory(tmp_path), DemoDirectory(tmp_path)
    assert (first.run.name, second.run.name) == ("run_0001", "run_0002")
    assert first.file_prefix == "run_0001/lysozyme"
    assert second.master_file == tmp_path / "run_0002" / "lysozyme_master.h5"


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "run_0001").write_text("something else")
    assert DemoDirectory(tmp_path).run.name == "run_0002"
    assert (tmp_path / "run_0001").read_text() == "something else"


def test_the_configuration_is_the_example_with_gain_files_and_address(tmp_path: Path) -> None:
    path = DemoDirectory(tmp_path).write_configuration(EXAMPLE, "tcp://127.0.0.1:1234")
    written = JfjochSettings.model_validate(json.loads(path.read_text()), extra="forbid")
    example = JfjochSettings.model_validate(json.loads(EXAMPLE.read_text()))
    assert written.zeromq is not None
    assert written.zeromq.image_socket == ["tcp://127.0.0.1:1234"]
    assert written.detector_settings == example.detector_settings
    gains = load_gain_maps([Path(p) for p in written.detector[0].calibration_file], 2)
    g0 = gains.maps[:, 0]
    assert g0.mean() == pytest.approx(41.0, rel=1e-3)
    assert g0.std() == pytest.approx(0.03 * 41.0, rel=1e-2)
    assert not (g0[0] == g0[1]).all()


def test_gain_files_are_made_once(tmp_path: Path) -> None:
    DemoDirectory(tmp_path).write_configuration(EXAMPLE, "tcp://127.0.0.1:1234")
    files = sorted((tmp_path / "gain_maps").iterdir())
    before = [(path, path.stat().st_mtime_ns) for path in files]
    DemoDirectory(tmp_path).write_configuration(EXAMPLE, "tcp://127.0.0.1:1234")
    assert [(path, path.stat().st_mtime_ns) for path in files] == before
    assert len(files) == 2


def test_a_missing_example_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.json"):
        DemoDirectory(tmp_path).write_configuration(tmp_path / "nowhere.json", "")


def test_hostnames_are_those_of_the_simulator(tmp_path: Path) -> None:
    hostnames = ["127.0.0.1:20000", "127.0.0.1:20002"]
    path = DemoDirectory(tmp_path).write_configuration(EXAMPLE_UDP, "tcp://127.0.0.1:1", hostnames)
    (detector,) = JfjochSettings.model_validate(json.loads(path.read_text())).detector
    assert detector.hostname == hostnames
    assert not detector.simulated
