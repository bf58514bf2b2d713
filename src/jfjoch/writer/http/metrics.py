"""Figures for Prometheus."""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from jfjoch.writer.monitor import WriterMonitor
from jfjoch.writer.status import WriterStatus

_PREFIX = "jfjoch_writer_"
_STATES = ("Idle", "Writing", "Error")


class WriterMetrics(Collector):
    """Turns the status into figures each time they are asked for."""

    def __init__(self, monitor: WriterMonitor, republish_dropped: Callable[[], int]) -> None:
        self._monitor = monitor
        self._republish_dropped = republish_dropped

    def text(self) -> bytes:
        """Return all figures in Prometheus' text format."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        """Return the figures of this moment."""
        status = self._monitor.status
        yield from _counters(status)
        dropped = self._republish_dropped()
        yield _counter("republish_dropped", "Messages not republished as nobody took them", dropped)
        yield from _gauges(status)
        yield _gauge("silent_seconds", "Since the last sign of life", self._monitor.silent_s)
        state = GaugeMetricFamily(f"{_PREFIX}state", "1 for the present state", labels=["state"])
        for name in _STATES:
            state.add_metric([name], float(name == status.state))
        yield state


def _counters(status: WriterStatus) -> Iterator[Metric]:
    totals = status.totals
    yield _counter("runs", "Runs started", totals.runs)
    yield _counter("images_received", "Images received", totals.images_received)
    yield _counter("images_written", "Images flushed to disk", totals.images_written)
    yield _counter("images_lost", "Images not written, or that never came", totals.images_lost)
    yield _counter("broken_messages", "Messages that can't be read", totals.broken_messages)
    yield _counter("stray_messages", "Messages of other runs", totals.stray_messages)


def _gauges(status: WriterStatus) -> Iterator[Metric]:
    yield _gauge("run_images_expected", "Images of the run", status.images_expected)
    yield _gauge("run_images_received", "Images of the run received", status.images_received)
    yield _gauge("run_images_written", "Images of the run on disk", status.images_written)
    yield _gauge("run_images_lost", "Images of the run lost", status.images_lost)
    yield _gauge("images_per_second", "Images received, last two seconds", status.images_per_s)
    yield _gauge("free_bytes", "Room on the disk", status.free_bytes)


def _counter(name: str, description: str, value: int) -> Metric:
    return CounterMetricFamily(f"{_PREFIX}{name}", description, value=value)


def _gauge(name: str, description: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{_PREFIX}{name}", description, value=value)
