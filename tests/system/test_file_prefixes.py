"""Where a run's files may go, and what happens to a run that asks for another place.

One broker and one writer for the whole file: every refused run is followed by a good one.
"""

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.helpers.broker_client import BrokerClient
from tests.helpers.configurations import Setup, dataset
from tests.helpers.saved_run import files_below, images_per_data_file, saved_image_count
from tests.helpers.service_process import ServiceProcess
from tests.helpers.services import running_broker, running_writer

IMAGES = 6
_run_numbers = count(1)


class Facility(NamedTuple):
    """A client, the writer's root, the folder the root lies in, and both services."""

    client: BrokerClient
    root: Path
    outside: Path
    processes: tuple[ServiceProcess, ServiceProcess]


@pytest.fixture(scope="module")
def facility(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Facility]:
    directory = tmp_path_factory.mktemp("prefixes")
    root = directory / "outside" / "root"
    root.mkdir(parents=True)
    setup = Setup(module_count=1)
    with (
        running_broker(setup.configuration(), directory / "broker") as broker,
        running_writer(setup.image_address, directory / "writer", ["-R", str(root)]) as writer,
    ):
        broker.client.initialize()
        yield Facility(broker.client, root, root.parent, (broker.process, writer))


def _assert_refused(facility: Facility, file_prefix: str, named: str, status_code: int) -> None:
    """POST /start says why, no file is made and nothing changes; the next run is right."""
    before = files_below(facility.outside)
    status = facility.client.status()
    answer = facility.client.post("/start", dataset(file_prefix, IMAGES))
    assert answer.status_code == status_code
    told = answer.text if status_code == 400 else answer.json()["msg"]
    assert named in told
    if status_code == 400:
        assert facility.client.status() == status
    assert facility.client.wait_till_done() == 200
    assert files_below(facility.outside) == before
    _assert_next_run_is_right(facility)


def _assert_next_run_is_right(facility: Facility) -> None:
    prefix = f"good_{next(_run_numbers)}"
    facility.client.measure(dataset(prefix, IMAGES))
    assert saved_image_count(facility.root / f"{prefix}_master.h5") == IMAGES


@pytest.mark.parametrize("prefix", ["../x", "a/../../b", "a/../b", "..", "a/..", "../root/x"])
def test_a_prefix_that_climbs_is_refused(facility: Facility, prefix: str) -> None:
    """W009-W011."""
    _assert_refused(facility, prefix, prefix, 400)


def test_an_absolute_prefix_is_refused(facility: Facility) -> None:
    """W008: even when it leads into the writer's own root."""
    prefix = str(facility.root / "abs")
    _assert_refused(facility, prefix, prefix, 400)
    _assert_refused(facility, "/abs", "/abs", 400)


def test_a_prefix_can_not_forge_a_line_of_the_log(facility: Facility) -> None:
    """Control characters are refused, and shown escaped wherever they are reported."""
    _assert_refused(facility, "x\nforged line", "x\\nforged line", 400)
    for process in facility.processes:
        assert not re.search("^forged line", process.log, re.MULTILINE)


def test_a_link_does_not_lead_out(facility: Facility) -> None:
    """Every part of the path is checked, not only its spelling."""
    (facility.outside / "elsewhere").mkdir()
    (facility.root / "link").symlink_to(facility.outside / "elsewhere")
    _assert_refused(facility, "link/x", "link", 500)


def test_a_file_in_the_place_of_a_directory_is_refused(facility: Facility) -> None:
    """What can't be written names its path; the file in the way is untouched."""
    blocked = facility.root / "blocked"
    blocked.write_text("a file")
    _assert_refused(facility, "blocked/x", "blocked", 500)
    assert blocked.read_text() == "a file"


def test_existing_files_are_never_replaced(facility: Facility) -> None:
    """Data on disk is not destroyed: the second run of the same name is refused."""
    facility.client.measure(dataset("twice", IMAGES))
    saved = {path: path.read_bytes() for path in facility.root.glob("twice*")}
    assert len(saved) == 2
    _assert_refused(facility, "twice", "twice", 500)
    assert {path: path.read_bytes() for path in facility.root.glob("twice*")} == saved


@pytest.mark.parametrize(
    "prefix", ["with space/a b", "mit Umlaut/größe", "..a/b..c", "x_master.h5"]
)
def test_honest_names_work(facility: Facility, prefix: str) -> None:
    """A prefix that ends in _master.h5 loses that ending."""
    facility.client.measure(dataset(prefix, IMAGES))
    name = prefix.removesuffix("_master.h5")
    assert saved_image_count(facility.root / f"{name}_master.h5") == IMAGES


@pytest.mark.parametrize(
    ("images", "images_per_file", "expected"),
    [(20, 7, [7, 7, 6]), (20, 0, [20]), (20, 20, [20]), (3, 1, [1, 1, 1]), (20, 1000, [20])],
)
def test_images_per_file_splits_a_run(
    facility: Facility, images: int, images_per_file: int, expected: list[int]
) -> None:
    """B046, W043: 0 means all in one."""
    prefix = f"split_{images}_{images_per_file}"
    facility.client.measure(dataset(prefix, images, images_per_file=images_per_file))
    assert images_per_data_file(facility.root / prefix) == expected
    assert saved_image_count(facility.root / f"{prefix}_master.h5") == images


def test_no_master_file_where_none_is_wanted(facility: Facility) -> None:
    """B064."""
    facility.client.measure(dataset("alone", IMAGES, write_nxmx_hdf5_master=False))
    assert images_per_data_file(facility.root / "alone") == [IMAGES]
    assert not (facility.root / "alone_master.h5").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("images_per_file", -1),
        ("images_per_file", 1.5),
        ("images_per_trigger", 0),
        ("ntrigger", "many"),
        ("incident_energy_keV", 0),
        ("detector_distance_mm", -1),
        ("space_group_number", 195),
        ("compression", "gzip"),
        ("image_time_us", 1500),
        ("image_time_us", 257_000),
        ("beam_x_pxl", None),
    ],
)
def test_a_bad_field_is_named(facility: Facility, field: str, value: object) -> None:
    """B005, B034, B039, B047: 400 text that names the field; no run begins."""
    before = facility.client.statistics()
    answer = facility.client.post("/start", dataset("bad", IMAGES, **{field: value}))
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/plain")
    assert field in answer.text
    assert facility.client.state() == "Idle"
    assert facility.client.statistics() == before
    assert not list(facility.root.glob("bad*"))
