"""A real detector as the rest of the system sees it."""

import logging
import threading
import time
from collections.abc import Sequence
from typing import Any

from jfjoch.detector.packets.addressing import ModuleAddress
from jfjoch.detector.sls.boards import boards_of, is_simulator
from jfjoch.detector.sls.configure import (
    check_configuration,
    connection_settings,
    power_settings,
    run_settings,
    voltage_settings,
)
from jfjoch.detector.sls.last_status import LastStatus
from jfjoch.detector.sls.network import interface_mac
from jfjoch.detector.sls.process import SlsProcess
from jfjoch.detector.sls.report import (
    NOT_CONNECTED,
    BoardReport,
    detector_status,
    failed_boards,
    is_idle,
)
from jfjoch.detector.sls.setting import Setting
from jfjoch.errors import DetectorError
from jfjoch.model.detector import Detector
from jfjoch.model.detector_status import DetectorStatus
from jfjoch.model.plan import FramePlan

_log = logging.getLogger(__name__)

SETTLING_S = 5.0
"""Between switching chips and voltage, either way."""
TIME_LIMIT_S = 60.0
"""For one request. Loading the trim bits of a large EIGER is the longest."""
QUICK_LIMIT_S = 3.0
"""For those a detector answers at once: a frozen one shall not keep a run from its end."""
_QUICK = {"report", "states", "stop", "trigger"}


class SlsDetector:
    """A JUNGFRAU or EIGER that is controlled with slsdet; implements ``DetectorControl``.

    Its methods may be called from any thread. All but ``status`` raise DetectorError when the
    detector does not do what it is told, or the connection to it is lost; ``switch_on`` begins
    anew after any of that.
    """

    def __init__(
        self,
        detector: Detector,
        addresses: Sequence[ModuleAddress],
        settling_s: float | None = None,
        time_limit_s: float = TIME_LIMIT_S,
    ) -> None:
        """Take where the packets of each module go; nothing is sent yet.

        settling_s: between chips and voltage; None: 5 s, or no time at all where all hostnames
        are of this machine, as a simulator has nothing to settle.

        Raises:
            ConfigurationError: the configuration does not say what is needed.
        """
        check_configuration(detector, addresses)
        self._detector = detector
        self._addresses = list(addresses)
        self._boards = boards_of(detector)
        default_s = 0.0 if is_simulator(self._boards) else SETTLING_S
        self._settling_s = default_s if settling_s is None else settling_s
        self._time_limit_s = time_limit_s
        self._process = SlsProcess()
        self._may_be_on = False
        self._is_told = False
        self._waits_for_trigger = False
        self._status = LastStatus()
        self._abandoned = threading.Event()

    @property
    def process_id(self) -> int | None:
        """Of the process that holds slsdet; None while not connected."""
        return self._process.process_id

    def switch_on(self) -> None:
        """Connect, configure network and timing of the boards, chips on, then the voltage."""
        self._connect()
        self._may_be_on, self._is_told = True, False  # perhaps another broker left it so
        settings = connection_settings(self._detector, self._addresses, interface_mac)
        self._apply(settings)
        self._ask("validate")
        self._apply(power_settings(self._detector, on=True))
        self._abandoned.wait(self._settling_s)
        self._check_wanted()
        self._apply(voltage_settings(self._detector, on=True))
        self._check_boards()
        _log.info("%s is on, %d boards", self._detector.description, len(self._boards))

    def abandon(self) -> None:
        """Make ``switch_on`` fail soon, from another thread; ``switch_off`` is to follow."""
        self._abandoned.set()
        self._process.kill()

    def switch_off(self) -> None:
        """Stop, voltage off, then the chips, and let go of the detector.

        No effect where it was not switched on. One whose connection was lost is connected again.
        A failure is raised once, and then only logged: else nobody could get rid of a detector
        that is gone.
        """
        self._abandoned.clear()
        try:
            if self._may_be_on:
                self._switch_off_even_if_lost()
        except DetectorError as error:
            self._tell_of_voltage(error)
        finally:
            self._process.close()
            self._status.forget()

    def prepare(self, plan: FramePlan) -> None:
        """Set all that a run needs.

        Raises:
            DetectorError: it refuses, or a board is in error.
            InvalidInput: a detector of this type can't do what is planned; nothing was changed.
        """
        settings = run_settings(self._detector, plan)
        self._apply(settings)
        self._check_boards()
        self._waits_for_trigger = plan.wait_for_trigger

    def start(self) -> None:
        """Begin the run that was prepared; frames come, or triggers are taken, from now on."""
        self._ask("start")

    def trigger(self) -> None:
        """Release the frames of one trigger; no effect on a run that does not wait for one."""
        if self._waits_for_trigger:
            self._ask("trigger")

    def stop(self) -> None:
        """End the run; no effect on a detector that has ended, or is not connected."""
        if self._process.is_open:
            self._ask("stop")

    def is_idle(self) -> bool:
        """Whether the run has ended, so that no packets will be sent any more.

        Raises:
            DetectorError: a board is in error, or nobody can tell.
        """
        return is_idle(self._check_boards())

    def status(self) -> DetectorStatus:
        """Tell how it is, as of a second ago at most, or of before a call that takes longer.

        A detector that does not answer is not connected; the log says why, and so does whatever
        is wanted of it next.
        """
        return self._status.of(self._ask_status)

    def _ask_status(self) -> DetectorStatus | None:
        if not self._process.is_open:
            return NOT_CONNECTED
        report: BoardReport | None = self._process.request_now(
            "report", time_limit_s=self._limit_s("report")
        )
        return None if report is None else detector_status(report, self._detector.type)

    def _connect(self) -> None:
        self._process.open()
        self._check_wanted()
        self._ask("connect", self._boards, self._detector.hostname, self._detector.type)

    def _check_wanted(self) -> None:
        if self._abandoned.is_set():
            raise DetectorError("switching the detector on was abandoned; initialize it again")

    def _switch_off_even_if_lost(self) -> None:
        try:
            if self._process.is_open:
                self._switch_off()
                return
        except DetectorError:
            if self._process.is_open:  # the detector itself refuses
                raise
        self._connect()
        self._switch_off()

    def _tell_of_voltage(self, error: DetectorError) -> None:
        message = (
            f"{self._detector.description} could not be switched off, its sensors may be under"
            f" voltage: {error}"
        )
        if self._is_told:
            _log.warning("%s", message)
            return
        self._is_told = True
        raise DetectorError(message) from error

    def _switch_off(self) -> None:
        self._ask("stop")
        self._apply(voltage_settings(self._detector, on=False))
        power = power_settings(self._detector, on=False)
        if power:
            time.sleep(self._settling_s)
            self._apply(power)
        self._may_be_on = False

    def _check_boards(self) -> list[str]:
        states: list[str] = self._ask("states")
        if failed := failed_boards(states):
            names = ", ".join(f"{board} ({self._detector.hostname[board]})" for board in failed)
            raise DetectorError(
                f"{self._detector.description} reports an error on board {names}; look after it"
                " and initialize again"
            )
        return states

    def _apply(self, settings: list[Setting]) -> None:
        self._ask("apply", settings)

    def _ask(self, verb: str, *arguments: object) -> Any:
        if verb != "states":
            self._status.expire()
        return self._process.request(verb, *arguments, time_limit_s=self._limit_s(verb))

    def _limit_s(self, verb: str) -> float:
        return min(QUICK_LIMIT_S, self._time_limit_s) if verb in _QUICK else self._time_limit_s
