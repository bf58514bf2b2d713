"""A simulated detector that sends on demand, in a process and on a core of its own."""

import multiprocessing
import os
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType

from jfjoch.detector.factory import simulated_detector
from jfjoch.detector.pulse_train import PulseTrain
from jfjoch.model.detector import Detector
from jfjoch.simulator import sending
from jfjoch.simulator.acquisition import Acquisition, Destination
from jfjoch.simulator.acquisition_run import AcquisitionRun
from jfjoch.simulator.departures import EmitterClock
from jfjoch.simulator.sending import SenderSetup, prepare

_POLL_S = 0.005
_SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be sent."""

    frames: int
    period_s: float
    """0: as fast as it goes."""
    ports: tuple[int, ...]
    """One of each module."""
    together: bool
    """Whether packets leave (and can be received) several at a time."""


class Sender(AbstractContextManager["Sender"]):
    """Sends a JUNGFRAU's packets to ports of 127.0.0.1."""

    def __init__(self, core: int) -> None:
        self._end, other = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_serve, args=(other, core), daemon=True)

    def send(self, order: Order) -> None:
        """Begin; returns when frames are about to leave."""
        self._end.send(order)
        self._end.recv()

    @property
    def done(self) -> bool:
        """Whether all has been sent; to be asked until it has."""
        return self._end.poll() and bool(self._end.recv())

    def __enter__(self) -> "Sender":
        self._process.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.join()


def _serve(end: Connection, core: int) -> None:
    os.sched_setaffinity(0, {core})
    setups: dict[int, SenderSetup] = {}
    most_together = sending.most_packets_per_message
    while True:
        order: Order = end.recv()
        modules = len(order.ports)
        setup = setups.setdefault(modules, _setup(modules))
        sending.most_packets_per_message = most_together if order.together else lambda _: 1
        run = AcquisitionRun(prepare(setup, _acquisition(order), 0), ())
        end.send("ready")
        run.begin(order.period_s, EmitterClock())
        while not run.ended:
            time.sleep(_POLL_S)
        end.send(True)


def _setup(modules: int) -> SenderSetup:
    detector = Detector.model_validate(
        {
            "description": "benchmark",
            "serial_number": "B",
            "standard_geometry": {"nmodules": modules},
        }
    )
    return SenderSetup(detector, simulated_detector(detector, None), PulseTrain(), 12.4)


def _acquisition(order: Order) -> Acquisition:
    return Acquisition(
        destinations=tuple((Destination("127.0.0.1", port),) for port in order.ports),
        frame_count=order.frames,
        frames_per_trigger=order.frames,
        wait_for_trigger=False,
        period_s=order.period_s,
        exposure_s=0.0,
    )
