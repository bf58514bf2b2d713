"""Run with ``python -m benchmarks.status``: whether the broker answers while all cores convert.

A 4M detector is simulated inside the broker at a frame time no machine here keeps up with. The
figures are ratios: answers during a run beside answers of an idle broker, and runs with watchers
beside runs without.
"""

import tempfile
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from benchmarks.end_to_end.simulated_broker import dataset, running_broker, wait_until_idle
from benchmarks.status.poller import Poller
from jfjoch.broker.http.plots import router as plots
from jfjoch.cli.broker_client import BrokerClient
from jfjoch.cli.local_ports import LOCALHOST, usable_port

IMAGES = 600
ROUNDS = 3
IDLE_TIME_S = 5.0
STATUS_PERIOD_S = 0.01
WATCHERS = 5
WATCH_PERIOD_S = 1.0
"""Each watcher asks so often for everything a web page shows."""


def main() -> None:
    """Print the two tables."""
    with tempfile.TemporaryDirectory() as name:
        addresses = [f"tcp://{LOCALHOST}:{usable_port(0)}" for _ in range(2)]
        with running_broker(Path(name), *addresses) as client:
            run_time_s(client)  # renders the frames that are reused from now on
            print("JUNGFRAU 4M; images are converted, compressed and thrown away")
            report_answers(client)
            report_watchers(client)


def run_time_s(client: BrokerClient) -> float:
    """Take a run; nobody but us looks, twice a second."""
    begin = time.perf_counter()
    client.start(dataset(IMAGES))
    client.wait_till_done(600)
    wait_until_idle(client)
    return time.perf_counter() - begin


def report_answers(client: BrokerClient) -> None:
    """Print how long GET /status takes in an idle and in a busy broker."""
    with Poller(client.port, ["/status"], STATUS_PERIOD_S) as idle:
        time.sleep(IDLE_TIME_S)
    with Poller(client.port, ["/status"], STATUS_PERIOD_S) as busy:
        for _ in range(ROUNDS):
            run_time_s(client)
    print(f"GET /status every {STATUS_PERIOD_S * 1e3:.0f} ms   idle ms  busy ms  busy/idle")
    for percent in (50, 99, 100):
        low, high = (1e3 * np.percentile(poller.times_s, percent) for poller in (idle, busy))
        name = "worst" if percent == 100 else f"p{percent}"
        print(f"{name:26s} {low:8.2f} {high:8.2f} {high / low:10.1f}")


def report_watchers(client: BrokerClient) -> None:
    """Print how much longer a run takes when it is watched."""
    paths = ["/statistics", *plot_paths()]
    alone, watched = [], []
    for _ in range(ROUNDS):
        alone.append(run_time_s(client))
        with ExitStack() as watchers:
            pollers = [
                watchers.enter_context(Poller(client.port, paths, WATCH_PERIOD_S))
                for _ in range(WATCHERS)
            ]
            watched.append(run_time_s(client))
    answers = sum(len(poller.times_s) for poller in pollers) / watched[-1]
    print(
        f"run with {WATCHERS} watchers of /statistics and {len(paths) - 1} plots"
        f" ({answers:.0f} answers/s): {_ratios(watched, alone)} times as long as without"
    )


def plot_paths() -> list[str]:
    """Return all of /plot/*."""
    return [str(getattr(route, "path")) for route in plots.routes]  # noqa: B009


def _ratios(several: Iterable[float], ones: Iterable[float]) -> str:
    ratios = [a / b for a, b in zip(several, ones, strict=True)]
    return f"{np.median(ratios):.2f} ({min(ratios):.2f} .. {max(ratios):.2f})"


if __name__ == "__main__":
    main()
