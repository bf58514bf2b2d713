"""The analysis of images in runs of the real broker: simulated lysozyme, all parts at work."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.broker_client import expect_ok
from tests.helpers.real_broker import RealBroker, configuration, detector, running_real_broker

IMAGES = 12
CELL = {"a": 79.1, "b": 79.1, "c": 37.9, "alpha": 90, "beta": 90, "gamma": 90}
DATASET: dict[str, Any] = {
    "images_per_trigger": IMAGES,
    "beam_x_pxl": 1030,
    "beam_y_pxl": 1080,
    "detector_distance_mm": 150,
    "incident_energy_keV": 12.4,
    "unit_cell": CELL,
    "space_group_number": 96,
}
SPOT_FINDING = {
    "enable": True,
    "indexing": True,
    "signal_to_noise_threshold": 4,
    "photon_count_threshold": 3,
    "min_pix_per_spot": 3,
    "max_pix_per_spot": 50,
    "high_resolution_limit": 1.5,
    "low_resolution_limit": 50,
    "indexing_tolerance": 0.1,
}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealBroker]:
    """A simulated 4M, slow enough for every image to be indexed."""
    geometry = {"nmodules": 8, "modules_in_row": 2}
    content = configuration(detector() | {"standard_geometry": geometry}, image_buffer_MiB=512)
    content["detector_settings"] |= {"internal_frame_generator": False, "frame_time_us": 100_000}
    directory: Path = tmp_path_factory.mktemp("analysis")
    with running_real_broker(content, directory) as real:
        real.client.initialize()
        yield real


def collect(real: RealBroker, dataset: dict[str, Any], **spot_finding: Any) -> dict[str, Any]:
    """Return the statistics of a run."""
    expect_ok(real.client.put("/config/spot_finding", SPOT_FINDING | spot_finding))
    expect_ok(real.client.post("/start", dataset))
    expect_ok(real.client.post("/wait_till_done?timeout=300"))
    statistics: dict[str, Any] = real.client.get("/statistics/data_collection").json()
    return statistics


def plotted(real: RealBroker, name: str) -> list[list[float]]:
    answer = real.client.get(f"/plot/{name}?compression=false&binning=1").json()
    return [line["y"] for line in answer["plot"]]


def test_lattices_are_found(real: RealBroker) -> None:
    """B155-B159, B161, B168, B171: every image is a crystal of the cell that was given.

    On a busy machine some images may not be tried; of those tried all are indexed.
    """
    statistics = collect(real, DATASET)
    assert statistics["images_collected"] == IMAGES
    assert statistics["indexing_rate"] == 1.0
    a, b, c, *angles = (float(number) for number in statistics["unit_cell"].split())
    assert (a, b, c) == pytest.approx((79.1, 79.1, 37.9), rel=0.02)
    assert angles == pytest.approx([90, 90, 90], abs=1)
    assert len(plotted(real, "spot_count")[0]) == IMAGES
    assert min(plotted(real, "spot_count")[0]) > 50
    assert set(plotted(real, "indexing_rate")[0]) == {1.0}
    assert [len(line) > 0 for line in plotted(real, "indexing_unit_cell_angle")] == [True] * 3
    (profile,) = plotted(real, "azim_int")
    assert min(profile) > 0
    (background,) = plotted(real, "bkg_estimate")
    assert background == pytest.approx([statistics["bkg_estimate"]] * IMAGES, rel=0.2)


def test_indexing_may_be_off(real: RealBroker) -> None:
    """B119: spots are found, lattices are not looked for."""
    statistics = collect(real, DATASET, indexing=False)
    assert "indexing_rate" not in statistics
    assert min(plotted(real, "spot_count")[0]) > 50
    assert plotted(real, "indexing_rate") == [[], []]


def test_a_cell_of_no_volume_is_as_none(real: RealBroker, caplog: pytest.LogCaptureFixture) -> None:
    """B066: the contract allows zeros, which users send who don't know the cell."""
    statistics = collect(real, DATASET | {"unit_cell": dict.fromkeys(CELL, 0)})
    assert statistics["images_collected"] == IMAGES
    assert "indexing_rate" not in statistics
    assert "no image of this run will be indexed: expected a unit_cell" in caplog.text


def test_spot_finding_may_be_off(real: RealBroker) -> None:
    """B118: zero spots; the profile is there all the same."""
    collect(real, DATASET, enable=False)
    assert plotted(real, "spot_count") == [[0.0] * IMAGES]
    assert len(plotted(real, "azim_int")[0]) > 10


def test_settings_change_within_a_run(real: RealBroker) -> None:
    """B116: from one image to the next, in both directions."""
    expect_ok(real.client.put("/config/spot_finding", SPOT_FINDING))
    expect_ok(real.client.post("/start", DATASET | {"images_per_trigger": 60}))
    while len(plotted(real, "spot_count")[0]) < 5:
        pass
    expect_ok(real.client.put("/config/spot_finding", SPOT_FINDING | {"enable": False}))
    expect_ok(real.client.post("/wait_till_done?timeout=300"))
    (spots,) = plotted(real, "spot_count")
    off = spots.index(0.0)
    assert 5 <= off < 60
    assert min(spots[: off - 2]) > 50
    assert max(spots[off + 2 :]) == 0


@pytest.mark.parametrize(("factor", "cell"), [(0.0, None), (0.0, CELL), (0.4, None)])
def test_data_reduction(real: RealBroker, factor: float, cell: dict[str, float] | None) -> None:
    """Indexed images always pass, the others with the probability that is given."""
    dataset = DATASET | {"data_reduction_factor_serialmx": factor, "unit_cell": cell}
    statistics = collect(real, dataset)
    assert statistics["images_collected"] == IMAGES
    discarded = statistics["images_discarded_lossy_compression"]
    if factor == 0:
        assert discarded == (IMAGES if cell is None else 0)
    else:
        assert 0 < discarded < IMAGES


def test_stacked_modules_are_not_looked_at(real: RealBroker) -> None:
    """Their pixels are not in their place: no profile and no spots, but regions."""
    expect_ok(real.client.post("/config/image_format/raw"))
    box = {"name": "box", "min_x_pxl": 0, "max_x_pxl": 9, "min_y_pxl": 0, "max_y_pxl": 9}
    expect_ok(real.client.put("/config/roi", {"box": {"rois": [box]}, "circle": {"rois": []}}))
    collect(real, DATASET)
    assert plotted(real, "spot_count") == [[]]
    assert plotted(real, "azim_int") == [[]]
    assert plotted(real, "roi_valid_pixels") == [[100.0] * IMAGES]
