"""Files of the real services, opened by programs that know nothing of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from tests.helpers.broker_client import BrokerClient
from tests.helpers.configurations import Setup, dataset
from tests.helpers.independent_readers import assert_readers_agree
from tests.helpers.services import running_broker, running_writer

_ROTATION = {"goniometer": {"name": "omega", "step": 0.1, "vector": [1.0, 0.0, 0.0]}}
_LYSOZYME = {
    "space_group_number": 96,
    "unit_cell": {"a": 79.1, "b": 79.1, "c": 37.9, "alpha": 90.0, "beta": 90.0, "gamma": 90.0},
    "sample_name": "lysozyme",
}


class Facility(NamedTuple):
    """A client and the writer's root."""

    client: BrokerClient
    files: Path


@pytest.fixture(scope="module")
def facility(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Facility]:
    directory = tmp_path_factory.mktemp("readers")
    setup = Setup(module_count=2)
    with (
        running_broker(setup.configuration(), directory) as broker,
        running_writer(setup.image_address, directory / "files"),
    ):
        broker.client.initialize()
        yield Facility(broker.client, directory / "files")


@pytest.mark.parametrize(
    ("prefix", "more"),
    [("stills", {}), ("rotation", {**_ROTATION, **_LYSOZYME}), ("split", {"images_per_file": 2})],
)
def test_all_readers_see_the_same_valid_file(
    facility: Facility, prefix: str, more: dict[str, Any]
) -> None:
    """W038: nxvalidate finds no error; h5py, silx, fabio and nxmx agree."""
    statistics = facility.client.measure(dataset(prefix, 5, **more))
    content = assert_readers_agree(facility.files / f"{prefix}_master.h5")
    width, height = statistics["detector_width"], statistics["detector_height"]
    assert content.images.shape == (5, height, width)
    assert content.pixel_mask.shape == (height, width)
    assert (content.pixel_mask[514:550] & 1 == 1).all(), "the gap between the modules"
    assert content.distance_m == pytest.approx(0.15)
    assert content.beam_center_pxl == pytest.approx((515.0, 257.0))
    assert content.wavelength_angstrom == pytest.approx(12.39842 / 12.4, rel=1e-6)
    good = content.images[:, content.pixel_mask == 0]
    assert good.max() > 20, "simulated diffraction has spots"
    assert 0 <= np.median(good) <= 2
