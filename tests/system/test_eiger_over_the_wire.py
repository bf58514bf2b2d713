"""A simulated EIGER sends packets; files are compared with the counters it says it has sent."""

from collections.abc import Iterator

import numpy as np
import pytest

from tests.helpers.broker_client import expect_ok
from tests.helpers.saved_run import saved_images
from tests.helpers.simulated_wire import FRAME_TIME_US, Wire, WireRun, WireSetup, running_wire
from tests.helpers.wire_images import assert_packets_told, eiger_image

FRAMES = 8
FAULTS = ("--loss", "0.02", "--duplicate", "0.02", "--reorder", "20")
"""Reach: 8-bit frames have 32 packets per port."""


@pytest.fixture(scope="module", params=["whole", "with faults"])
def wire(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Wire]:
    options = FAULTS if request.param == "with faults" else ()
    setup = WireSetup(detector_type="EIGER", receiver_count=2)
    with running_wire(setup, tmp_path_factory.mktemp("eiger_wire"), options) as running:
        yield running


def _set_depth(wire: Wire, bits: int) -> None:
    expect_ok(wire.client.update("/config/detector", eiger_bit_depth=bits))
    assert wire.client.wait_till_done() == 200


def _assert_images_right(run: WireRun, frames_per_image: int) -> None:
    for number, image in enumerate(saved_images(run.master)):
        frames = range(number * frames_per_image, (number + 1) * frames_per_image)
        expected = eiger_image(run.sent, frames, image.dtype.name)
        np.testing.assert_array_equal(image, expected, f"image {number}")


@pytest.mark.parametrize("bits", [8, 16, 32])
def test_counters_of_every_depth(wire: Wire, bits: int) -> None:
    """B089, B106: every counter is in its place, those of the lower half as well."""
    _set_depth(wire, bits)
    run = wire.measure(f"frames_{bits}", FRAMES)
    assert run.sent.report["bits"] == bits
    assert saved_images(run.master).dtype == f"uint{bits}"
    halves = run.sent.raw(0)[0].reshape(2, 256, 1024).astype(np.int64)
    assert np.any(halves[1] != halves[1][::-1]), "rows in reverse would not be noticed"
    _assert_images_right(run, 1)
    assert_packets_told(run)


@pytest.mark.parametrize("wire", ["with faults"], indirect=True)
@pytest.mark.parametrize("bits", [8, 16, 32])
def test_sums(wire: Wire, bits: int) -> None:
    """B038, B102: two frames per image; a packet missing in one of them makes errors."""
    _set_depth(wire, bits)
    run = wire.measure(f"sums_{bits}", FRAMES // 2, image_time_us=2 * FRAME_TIME_US)
    _assert_images_right(run, 2)
    assert_packets_told(run, 2)


@pytest.mark.parametrize("wire", ["with faults"], indirect=True)
@pytest.mark.parametrize("bits", [8, 16])
def test_errors_differ_from_full_counters_in_signed_images(wire: Wire, bits: int) -> None:
    """B107: missing packets have the lowest value, a full counter the highest."""
    _set_depth(wire, bits)
    expect_ok(wire.client.update("/config/image_format", signed_output=True, bit_depth_image=32))
    run = wire.measure(f"signed_{bits}", FRAMES)
    settings = wire.client.get("/config/image_format").json()
    del settings["signed_output"], settings["bit_depth_image"]
    expect_ok(wire.client.put("/config/image_format", settings))
    assert saved_images(run.master).dtype == np.int32
    assert run.sent.report["injected"]["missing"] > 0
    _assert_images_right(run, 1)
