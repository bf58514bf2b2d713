"""Plots of runs of the real broker, against the images sent and what is known of the frames."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest
from jfjoch_client.models.plot import Plot
from jfjoch_client.models.plots import Plots

from jfjoch.kernels.conversion import NO_DATA_RAW, SATURATED_RAW
from tests.helpers.broker_client import expect_ok
from tests.helpers.configurations import dataset
from tests.helpers.ports import free_tcp_port
from tests.helpers.real_broker import RealBroker, configuration, running_real_broker
from tests.helpers.stream_listener import StreamListener, listening

SATURATED = [0, 5, 40]
MISSING = [3, 0, 17]
"""Pixels without data. So many in each stored frame, none of them a multipixel."""
LONG_RUN = 1_000_000
REGIONS = {
    "box": {
        "rois": [{"name": "box", "min_x_pxl": 0, "max_x_pxl": 9, "min_y_pxl": 0, "max_y_pxl": 9}]
    },
    "circle": {
        "rois": [{"name": "disk", "center_x_pxl": 50.0, "center_y_pxl": 50.0, "radius_pxl": 5.0}]
    },
}


class Bench(NamedTuple):
    """A broker, and somebody who takes its images."""

    real: RealBroker
    listener: StreamListener

    def plot(self, name: str, **query: object) -> list[Plot]:
        plots: Plots = getattr(self.real.api, f"plot_{name}_get")(**query)
        return list(plots.plot)


def stored_frame(saturated: int, missing: int) -> np.ndarray:
    frame = np.zeros((512, 1024), "<u2")
    frame[100, 10 : 10 + saturated] = SATURATED_RAW
    frame[200, 10 : 10 + missing] = NO_DATA_RAW
    return frame


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Initialized, the frames uploaded."""
    directory = tmp_path_factory.mktemp("plots")
    address = f"tcp://127.0.0.1:{free_tcp_port()}"
    content = configuration(image_pusher="ZeroMQ", zeromq={"image_socket": [address]})
    content["detector_settings"]["internal_frame_generator_images"] = len(SATURATED)
    with (
        running_real_broker(content, directory) as real,
        listening(real.client, address) as listener,
    ):
        assert real.api.plot_error_pixel_get().plot[0].x == []
        real.client.initialize()
        for number, counts in enumerate(zip(SATURATED, MISSING, strict=True)):
            body = stored_frame(*counts).tobytes()
            real.api.config_internal_generator_image_put(id=number, body=body)
        yield Bench(real, listener)


def images_of(bench: Bench, body: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """Image messages of a run, by number."""
    messages = bench.listener.messages_of(body)
    return {m["original_image_id"]: m for m in messages if m["type"] == "image"}


def errors_of_gaps(bench: Bench) -> int:
    """Error pixels of an image without missing ones: stored frame 1."""
    return int(images_of(bench, dataset("gaps", 2))[1]["error_pixel_count"])


def test_plots_agree_with_the_frames(bench: Bench) -> None:
    """B154, B160, B167: known counts in every image, single and in bins."""
    gaps = errors_of_gaps(bench)
    bench.listener.messages_of(dataset("counts", 30))
    errors, mean, maximum = bench.plot("error_pixel", binning=1)
    assert errors.x == mean.x == maximum.x == list(range(30))
    assert errors.y == [MISSING[n % 3] + gaps for n in range(30)]
    assert mean.y == maximum.y == [SATURATED[n % 3] for n in range(30)]
    _, mean, maximum = bench.plot("error_pixel", binning=3)
    assert mean.x == maximum.x == list(range(1, 30, 3))
    assert mean.y == [15.0] * 10
    assert maximum.y == [40.0] * 10
    (efficiency,) = bench.plot("image_collection_efficiency", binning=0)
    assert (efficiency.x, efficiency.y) == (list(range(30)), [1.0] * 30)


def test_plots_agree_with_the_stream(bench: Bench) -> None:
    """B160, B165-B167: each image has the figures its message carries."""
    sent = images_of(bench, dataset("stream", 40, image_time_us=2000))
    assert len(sent) == 40
    for name, line, key in [
        ("receiver_delay", 0, "receiver_aq_dev_delay"),
        ("receiver_free_send_buffers", 0, "receiver_free_send_buf"),
        ("image_collection_efficiency", 0, "data_collection_efficiency"),
        ("error_pixel", 0, "error_pixel_count"),
        ("error_pixel", 1, "saturated_pixel_count"),
        ("error_pixel", 2, "saturated_pixel_count"),
    ]:
        shown = bench.plot(name)[line]
        assert shown.x == list(range(40)), name
        assert shown.y == [sent[number][key] for number in range(40)], name


def test_plots_of_the_analysis_agree_with_the_stream(bench: Bench) -> None:
    """B155, B156, B161-B164: one line for each region of the run."""
    expect_ok(bench.real.client.put("/config/roi", REGIONS))
    sent = images_of(bench, dataset("analysed", 3))
    for name, key in [
        ("bkg_estimate", "bkg_estimate"),
        ("spot_count", "spot_count"),
        ("strong_pixel", "strong_pixel_count"),
    ]:
        (line,) = bench.plot(name)
        found = {number: image[key] for number, image in sent.items() if image[key] is not None}
        assert dict(zip(line.x, line.y, strict=True)) == pytest.approx(found), name
    for name, key in [
        ("roi_sum", "sum"),
        ("roi_max_count", "max_count"),
        ("roi_valid_pixels", "pixels"),
    ]:
        for line in bench.plot(name):
            of_region = [sent[n]["roi_integrals"][line.title][key] for n in range(3)]
            assert line.y == of_region, name
    assert [line.title for line in bench.plot("roi_sum")] == ["box", "disk"]


def test_plots_of_lattices_need_a_unit_cell(bench: Bench) -> None:
    """B157-B159: nothing was looked for, so there are lines without points."""
    bench.listener.messages_of(dataset("no cell", 3))
    for name, line_count in [
        ("indexing_rate", 2),
        ("indexing_unit_cell", 3),
        ("indexing_unit_cell_angle", 3),
    ]:
        shown = bench.plot(name)
        assert len(shown) == line_count, name
        assert all(line.x == line.y == [] for line in shown), name


def check_saturated(shown: Plot) -> None:
    assert shown.y == [SATURATED[int(number) % 3] for number in shown.x]


def test_plots_while_a_run_goes_on_and_after_it(bench: Bench) -> None:
    """B160: live, also in runs that are not saved; kept when the run is over."""
    client = bench.real.client
    client.start(dataset("", LONG_RUN))
    seen = 0
    for wanted in (10, 40):
        client.wait_for_images(wanted)
        _, mean, _ = bench.plot("error_pixel", binning=1)
        assert client.state() == "Measuring"
        check_saturated(mean)
        assert len(mean.x) >= max(seen, wanted)
        seen = len(mean.x)
    expect_ok(client.post("/cancel"))
    client.wait_till_done()
    collected = client.statistics()["images_collected"]
    _, mean, _ = bench.plot("error_pixel", binning=1)
    assert mean.x == list(range(collected))
    check_saturated(mean)


def test_the_next_run_begins_anew(bench: Bench) -> None:
    """Nothing of the run before, also where this one is shorter."""
    bench.listener.messages_of(dataset("long", 12))
    bench.listener.messages_of(dataset("short", 4))
    (efficiency,) = bench.plot("image_collection_efficiency")
    assert efficiency.x == [0, 1, 2, 3]


def test_a_refused_start_leaves_the_plots(bench: Bench) -> None:
    bench.listener.messages_of(dataset("before", 4))
    refused: dict[str, Any] = dataset("../outside", 5)
    assert bench.real.client.post("/start", refused).status_code == 400
    (efficiency,) = bench.plot("image_collection_efficiency")
    assert efficiency.x == [0, 1, 2, 3]
