"""The writing service over real sockets, in one thread with the sender."""

from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest

from jfjoch.messages.image import ImageMessage
from jfjoch.messages.start import StartMessage
from jfjoch.messages.writer_report import WriterReport
from jfjoch.model.zeromq import ZeromqSettings
from jfjoch.stream.addresses import reachable_address
from jfjoch.stream.pull import ZmqImageSource
from jfjoch.stream.push import ZmqImageSink
from jfjoch.stream.report_push import ZmqReportSink
from jfjoch.writer.options import WriterOptions
from jfjoch.writer.service import WriterService
from tests.helpers.given_analysis import analysed_image, analysed_start
from tests.helpers.independent_readers import assert_readers_agree
from tests.helpers.saved_run import images_per_data_file
from tests.helpers.service_process import wait_until
from tests.helpers.writer_messages import end_message, image_message, pixels, start_message

TIMEOUT_S = 10.0


class Line:
    """A sink, and one writer service for each of its sockets."""

    def __init__(self, sink: ZmqImageSink, root: Path) -> None:
        self.sink = sink
        self.reports: list[WriterReport] = []
        self._sources = [ZmqImageSource(address) for address in sink.addresses]
        self.services = [
            WriterService(source, root, WriterOptions(), self._connect) for source in self._sources
        ]

    def _connect(self, address: str) -> ZmqReportSink:
        return ZmqReportSink(reachable_address(address, self.sink.addresses[0]))

    def send_run(self, start: StartMessage, *came: int, last: int) -> None:
        """Send a run and let the writers take it all."""
        self.send_images(start, [image_message(image_id, start) for image_id in came], last)

    def send_images(self, start: StartMessage, images: list[ImageMessage], last: int) -> None:
        """Do the same with these images."""
        self.sink.start(start)
        for image in images:
            assert self.sink.send_image(image, TIMEOUT_S)
            self.step()
        assert self.sink.end(end_message(start, last), TIMEOUT_S)
        ends = len(self.ends()) + len(self.services)
        wait_until(lambda: self.step() or len(self.ends()) == ends, "end reports", TIMEOUT_S)

    def step(self) -> bool:
        """Let each writer take a message, if there is one; False."""
        for service in self.services:
            service.step(timeout_s=0.01)
        self.reports += self.sink.reports()
        return False

    def ends(self) -> list[WriterReport]:
        return [report for report in self.reports if report.is_end]

    def close(self) -> None:
        for service, source in zip(self.services, self._sources, strict=True):
            service.close()
            source.close()


def _line(root: Path, writers: int) -> Iterator[Line]:
    settings = ZeromqSettings(
        image_socket=["tcp://127.0.0.1:*"] * writers,
        writer_notification_socket="tcp://127.0.0.1:*",
    )
    with ZmqImageSink(settings) as sink:
        line = Line(sink, root)
        yield line
        line.close()


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    yield from _line(tmp_path, writers=1)


@pytest.fixture
def two_writers(tmp_path: Path) -> Iterator[Line]:
    yield from _line(tmp_path, writers=2)


def test_a_run(line: Line, tmp_path: Path) -> None:
    """Sent, written, reported, and read by programs that know nothing of either."""
    start = start_message(30, "user/run", images_per_file=8)
    line.send_run(start, *range(30), last=30)
    content = assert_readers_agree(tmp_path / "user" / "run_master.h5")
    np.testing.assert_array_equal(content.images, np.stack([pixels(n) for n in range(30)]))
    np.testing.assert_array_equal(content.pixel_mask, start.image.pixel_mask)
    assert content.beam_center_pxl == (31.25, 20.5)
    (end,) = line.ends()
    assert (end.ok, end.images_received, end.images_on_disk) == (True, 30, 30)
    assert [report.images_on_disk for report in line.reports] == sorted(
        report.images_on_disk for report in line.reports
    )


def test_results_of_the_analysis(two_writers: Line, tmp_path: Path) -> None:
    """W039: from the broker's messages over the stream of two writers into one master file."""
    start = analysed_start(number_of_images=9, images_per_file=2)
    came = (0, 1, 2, 5, 6, 8)
    images = [analysed_image(n, start, 200 + n) for n in came]
    two_writers.send_images(start, images, last=9)
    assert [end.ok for end in two_writers.ends()] == [True, True]
    master = tmp_path / "run_master.h5"
    assert_readers_agree(master)
    with h5py.File(master) as file:
        counts = file["/opt/MX/nPeaks"][()]
        columns, lattices = file["/entry/MX/peakXPosRaw"][()], file["/entry/MX/latticeIndexed"][()]
        profiles, sums = file["/entry/azint/image"][()], file["/entry/roi/beam/sum"][()]
    assert counts.tolist() == [200 + n if n in came else 0 for n in range(9)]
    assert sums.tolist() == [100 + n if n in came else 0 for n in range(9)]
    for image in images:
        n, found = image.image_id, image.analysis
        assert found.spots is not None
        np.testing.assert_array_equal(columns[n, : 200 + n], found.spots.x_pxl)
        np.testing.assert_array_equal(profiles[n], found.profile)
        assert np.isfinite(lattices[n]).all() == (n % 2 == 0)
    assert np.isnan(profiles[[3, 4, 7]]).all()
    assert np.isnan(lattices[[3, 4, 7]]).all()


def test_a_refused_run_and_the_next(line: Line, tmp_path: Path) -> None:
    """W011."""
    line.send_run(start_message(3, "../x"), 0, 1, 2, last=3)
    line.send_run(start_message(3, "x", run_number=2, dtype="int32"), 2, 0, last=3)
    assert [end.ok for end in line.ends()] == [False, True]
    assert "../x" in line.ends()[0].error
    content = assert_readers_agree(tmp_path / "x_master.h5")
    np.testing.assert_array_equal(content.images[2], pixels(2, "int32"))
    assert np.all(content.images[1] == -(2**31))


def test_two_writers(two_writers: Line, tmp_path: Path) -> None:
    """The stream is split by file; together they make one set of files."""
    two_writers.send_run(start_message(20, images_per_file=4), *range(20), last=20)
    assert images_per_data_file(tmp_path / "run") == [4] * 5
    content = assert_readers_agree(tmp_path / "run_master.h5")
    np.testing.assert_array_equal(content.images, np.stack([pixels(n) for n in range(20)]))
    assert {end.socket_number: end.images_on_disk for end in two_writers.ends()} == {0: 12, 1: 8}
