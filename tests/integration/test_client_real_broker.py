"""The command ``jfjoch`` with the real broker: runs, settings, masks, previews."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile

from jfjoch.cli.client_settings import SETTINGS
from tests.helpers.client_command import expect_done, expect_failure, jfjoch, on_terminal
from tests.helpers.configurations import dataset
from tests.helpers.real_broker import RealBroker, configuration, detector, running_real_broker


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealBroker]:
    content = configuration(detector(), detector("TEST-0002"))
    with running_real_broker(content, tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture
def url(broker: RealBroker) -> str:
    """Return the URL of the broker, in Idle."""
    expect_done(jfjoch(broker.client.url, "initialize"))
    return broker.client.url


@pytest.fixture
def run_file(tmp_path: Path) -> Path:
    path = tmp_path / "run.json"
    path.write_text(json.dumps(dataset("scan/first", 3000)))
    return path


def json_of(url: str, name: str) -> dict[str, object]:
    content = json.loads(expect_done(jfjoch(url, "config", name)))
    assert isinstance(content, dict)
    return content


def test_a_run_from_beginning_to_end(url: str, run_file: Path) -> None:
    """B023, B031, B033, B067, B078, B171."""
    shown = expect_done(jfjoch(url, "start", run_file, "--wait"))
    assert "images collected  3000" in shown
    (number,) = (line.split()[1] for line in shown.splitlines() if line.startswith("run "))
    status = json.loads(expect_done(jfjoch(url, "status", "--json")))
    assert status["measurement"]["run_number"] == int(number)
    assert expect_done(jfjoch(url, "wait")) == ""
    expect_done(jfjoch(url, "pedestal"))
    expect_done(jfjoch(url, "deactivate"))
    assert "Inactive" in expect_done(jfjoch(url, "status"))


def test_a_terminal_shows_a_bar_that_fills(url: str, run_file: Path) -> None:
    """B142."""
    code, shown = on_terminal(url, "start", str(run_file), "--wait")
    assert code == 0
    first, *_, last = re.findall(r"\r(\w+) +(\d+)% \|(#*) *\| +\d+ s", shown)
    assert first[0] in ("Busy", "Measuring")
    assert int(first[1]) < 100
    assert (last[1], len(last[2])) == ("100", 40)
    assert "3000 of 3000 images collected" in shown.splitlines()[-1]


def test_a_cancelled_run_is_no_failure(url: str, run_file: Path) -> None:
    """B073, B077."""
    run_file.write_text(json.dumps(dataset("scan/long", 10_000_000)))
    expect_done(jfjoch(url, "start", run_file))
    expect_done(jfjoch(url, "cancel"))
    expect_done(jfjoch(url, "wait"))
    assert "cancelled         yes" in expect_done(jfjoch(url, "status"))


def test_what_the_broker_refuses_ends_with_2(url: str, run_file: Path) -> None:
    """B005, B039."""
    run_file.write_text(json.dumps(dataset("scan/odd", 10, image_time_us=1500)))
    assert "image_time_us" in expect_failure(jfjoch(url, "start", run_file), 2)


@pytest.mark.parametrize("name", sorted({*SETTINGS} - {"select_detector"}))
def test_settings_go_to_a_file_and_back(url: str, tmp_path: Path, name: str) -> None:
    """B081, B096, B101, B116, B124, B135, B140, B149."""
    saved = tmp_path / "saved.json"
    expect_done(jfjoch(url, "config", name, "--output", saved))
    assert json.loads(saved.read_text()) == json_of(url, name)
    assert "remove it" in expect_failure(jfjoch(url, "config", name, "--output", saved), 2)
    expect_done(jfjoch(url, "config", name, saved))
    assert json.loads(saved.read_text()) == json_of(url, name)


def test_settings_are_changed_and_wrong_ones_change_nothing(url: str) -> None:
    """B005, B101."""
    before = json_of(url, "image_format")
    changed = before | {"summation": not before["summation"]}
    expect_done(jfjoch(url, "config", "image_format", "-", stdin=json.dumps(changed)))
    assert json_of(url, "image_format") == changed
    wrong = json.dumps(before | {"bit_depth_image": 12})
    line = expect_failure(jfjoch(url, "config", "image_format", "-", stdin=wrong), 2)
    assert "standard input: bit_depth_image: expected 8, 16 or 32, got 12" in line
    assert json_of(url, "image_format") == changed
    expect_done(jfjoch(url, "config", "image_format", "-", stdin=json.dumps(before)))


def test_another_detector_is_selected(url: str) -> None:
    """B132, B133."""
    expect_done(jfjoch(url, "config", "select_detector", "-", stdin='{"id": 1}'))
    assert "TEST-0002" in expect_done(jfjoch(url, "status"))
    failure = jfjoch(url, "config", "select_detector", "-", stdin='{"id": 9}')
    expect_failure(failure, 1)
    expect_done(jfjoch(url, "config", "select_detector", "-", stdin='{"id": 0}'))


def test_masks_are_saved_and_put(url: str, tmp_path: Path) -> None:
    """B182, B183, B185."""
    mask, part, wrong = (tmp_path / name for name in ("mask.tiff", "part.tiff", "wrong.tiff"))
    expect_done(jfjoch(url, "config", "user_mask", "--output", part))
    pixels = tifffile.imread(part).copy()
    pixels[100, 200] = 1
    tifffile.imwrite(part, pixels)
    expect_done(jfjoch(url, "config", "user_mask", part))
    expect_done(jfjoch(url, "config", "mask", "--output", mask))
    assert tifffile.imread(mask)[100, 200] == 1 << 8
    tifffile.imwrite(wrong, pixels[:5, :5])
    expect_failure(jfjoch(url, "config", "user_mask", wrong), 1)
    assert "remove it" in expect_failure(jfjoch(url, "config", "mask", "--output", mask), 2)


def test_generator_images_are_put_in_idle_only(url: str, tmp_path: Path) -> None:
    """B129, B130, B131."""
    path = tmp_path / "frame.tiff"
    tifffile.imwrite(path, np.zeros((512, 1024), np.uint16))
    put = ("config", "internal_generator_image", path)
    expect_done(jfjoch(url, *put, "--id", "3"))
    assert "id" in expect_failure(jfjoch(url, *put, "--id", "64"), 2)
    expect_done(jfjoch(url, "deactivate"))
    assert "Inactive" in expect_failure(jfjoch(url, *put), 3)


def test_previews_are_saved_and_replaced(url: str, run_file: Path, tmp_path: Path) -> None:
    """B176, B177, B178."""
    expect_done(jfjoch(url, "start", run_file, "--wait"))
    jpeg, tiff = tmp_path / "last.jpeg", tmp_path / "last.tiff"
    jpeg.write_text("the one before")
    expect_done(jfjoch(url, "preview", jpeg))
    assert jpeg.read_bytes()[:2] == b"\xff\xd8"
    drawn = ("--saturation", "10", "--no-spots", "--roi", "--quality", "5", "--user-mask")
    best = len(jpeg.read_bytes())
    expect_done(jfjoch(url, "preview", jpeg, *drawn, "--resolution-ring", "2.5"))
    assert jpeg.read_bytes()[:2] == b"\xff\xd8"
    assert len(jpeg.read_bytes()) != best
    expect_done(jfjoch(url, "preview", tiff))
    assert tifffile.imread(tiff).shape == (514, 1030)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "last.jpeg",
        "last.tiff",
        "run.json",
    ]
    assert "none" in expect_failure(jfjoch(url, "preview", tmp_path / "none" / "x.tiff"), 1)
