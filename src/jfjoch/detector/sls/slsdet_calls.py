"""The calls of slsdet; the only module that imports it, and only in a process of its own."""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import slsdet

from jfjoch.detector.sls.report import BoardReport, failed_boards, is_idle
from jfjoch.detector.sls.setting import Setting, SettingValue

Convert = Callable[[Any], Any]

_SLOW = {"dr", "threshold", "threshold_without_trim_bits"}
"""Left out where they are as they were: trim bits take seconds."""
_ONLY_IF_DIFFERENT = {"extrastoragecells", "storagecell_start"}
"""Asked for before: a JUNGFRAU without storage cells does not let them be set."""
_FILE_WITHOUT_TRIM_BITS = bytes(4096)
"""Only zeros: a simulator has neither DACs nor trim bits."""


def _seconds(value: float) -> Any:
    duration = slsdet.DurationWrapper()
    duration.set_count(round(value * 1e9))
    return duration


_SETTERS: dict[str, tuple[str, Convert]] = {
    "delay": ("setDelayAfterTrigger", _seconds),
    "dr": ("setDynamicRange", int),
    "exptime": ("setExptime", _seconds),
    "extrastoragecells": ("setNumberOfAdditionalStorageCells", int),
    "frames": ("setNumberOfFrames", int),
    "gainmode": ("setGainMode", slsdet.gainMode.__members__.__getitem__),
    "highvoltage": ("setHighVoltage", int),
    "master": ("setMaster", bool),
    "nextframenumber": ("setNextFrameNumber", int),
    "numinterfaces": ("setNumberofUDPInterfaces", int),
    "parallel": ("setParallelMode", bool),
    "period": ("setPeriod", _seconds),
    "powerchip": ("setPowerChip", bool),
    "readoutspeed": ("setReadoutSpeed", slsdet.speedLevel.__members__.__getitem__),
    "settings": ("setSettings", slsdet.detectorSettings.__members__.__getitem__),
    "settingspath": ("setSettingsPath", str),
    "storagecell_delay": ("setStorageCellDelay", _seconds),
    "storagecell_start": ("setStorageCellStart", int),
    "sync": ("setSynchronization", bool),
    "tengiga": ("setTenGiga", bool),
    "threshold": ("setThresholdEnergy", int),
    "timing": ("setTimingMode", slsdet.timingMode.__members__.__getitem__),
    "triggers": ("setNumberOfTriggers", int),
    "trimen": ("setTrimEnergies", list),
    "txdelay_frame": ("setTransmissionDelayFrame", int),
    "udp_dstip": ("setDestinationUDPIP", slsdet.IpAddr),
    "udp_dstip2": ("setDestinationUDPIP2", slsdet.IpAddr),
    "udp_dstmac": ("setDestinationUDPMAC", slsdet.MacAddr),
    "udp_dstmac2": ("setDestinationUDPMAC2", slsdet.MacAddr),
    "udp_dstport": ("setDestinationUDPPort", int),
    "udp_dstport2": ("setDestinationUDPPort2", int),
    "udp_srcip": ("setSourceUDPIP", slsdet.IpAddr),
    "udp_srcip2": ("setSourceUDPIP2", slsdet.IpAddr),
    "udp_srcmac": ("setSourceUDPMAC", slsdet.MacAddr),
    "udp_srcmac2": ("setSourceUDPMAC2", slsdet.MacAddr),
}
_OF_ONE_BOARD = {"master", "udp_dstport", "udp_dstport2"}
"""Take a number of a board, where the others take a list of them."""


class SlsdetCalls:
    """One detector. Every method may raise RuntimeError, which is how slsdet tells all."""

    def __init__(self) -> None:
        self._detector = slsdet.Detector(0)
        self._slow_settings: dict[tuple[str, int | None], SettingValue] = {}

    def connect(self, hostnames: list[str], detector_type: str) -> None:
        """Find the boards, and check what they are."""
        self._detector.setHostname(hostnames)
        found = [each.name for each in self._detector.getDetectorType()]
        if others := sorted(set(found) - {detector_type}):
            raise RuntimeError(
                f"the detector at hostname is of type {', '.join(others)}, but the configuration"
                f" says {detector_type}"
            )
        if not self._is_idle():
            self.stop()

    def apply(self, settings: Iterable[Setting]) -> None:
        """Set them in their order."""
        for setting in settings:
            key = (setting.name, setting.board)
            if setting.name in _SLOW and self._slow_settings.pop(key, None) == setting.value:
                self._slow_settings[key] = setting.value
                continue
            try:
                self._apply(setting)
            except RuntimeError as error:
                of_board = "" if setting.board is None else f" of board {setting.board}"
                raise RuntimeError(
                    f"{setting.name}{of_board} could not be set to {setting.value}: {error}"
                ) from error
            if setting.name in _SLOW:
                self._slow_settings[key] = setting.value

    def validate(self) -> None:
        """Let the boards look whether packets can be sent."""
        self._detector.validateUDPConfiguration()

    def start(self) -> None:
        """Begin an acquisition; returns at once."""
        self._detector.startDetector()

    def trigger(self) -> None:
        """Send one software trigger; does not wait for its frames. No effect after a run."""
        try:
            self._detector.sendSoftwareTrigger(False)
        except RuntimeError:
            if not self._is_idle():
                raise

    def stop(self) -> None:
        """End the acquisition; that of the other boards, where some are in error."""
        try:
            self._detector.stopDetector()
        except RuntimeError:
            failed = failed_boards(self.states())
            if not failed:
                raise
            for board in range(self._detector.size()):
                if board not in failed:
                    self._detector.stopDetector([board])

    def states(self) -> list[str]:
        """Return the run state of every board."""
        return [state.name for state in self._detector.getDetectorStatus()]

    def report(self) -> BoardReport:
        """Return all that /detector/status tells."""
        boards = self._detector
        types = boards.getDetectorType()
        is_jungfrau = types[0] == slsdet.detectorType.JUNGFRAU
        return BoardReport(
            states=self.states(),
            powered=boards.getPowerChip() if is_jungfrau else [],
            server_versions=boards.getDetectorServerVersion(),
            triggers_left=boards.getNumberOfTriggersLeft() if is_jungfrau else [],
            temperatures_degC=boards.getTemperature(slsdet.dacIndex.TEMPERATURE_FPGA),
            high_voltages_V=boards.getHighVoltage(),
        )

    def close(self) -> None:
        """Free the shared memory."""
        self._detector.free()

    def _is_idle(self) -> bool:
        return is_idle(self.states())

    def _apply(self, setting: Setting) -> None:
        if setting.name == "threshold_without_trim_bits":
            self._set_threshold_without_trim_bits(int(str(setting.value)))
            return
        if setting.name in _ONLY_IF_DIFFERENT and self._is_so(setting):
            return
        name, convert = _SETTERS[setting.name]
        getattr(self._detector, name)(convert(setting.value), *_board_argument(setting))

    def _is_so(self, setting: Setting) -> bool:
        name, _ = _SETTERS[setting.name]
        present = getattr(self._detector, "get" + name.removeprefix("set"))()
        return all(value == setting.value for value in present)

    def _set_threshold_without_trim_bits(self, energy_eV: int) -> None:  # noqa: N803 (unit)
        """Give slsdet files for the time of the call, as it sets no threshold without."""
        with tempfile.TemporaryDirectory(prefix="jfjoch-trim-") as folder:
            _write_files_without_trim_bits(Path(folder), energy_eV, self._detector.getModuleId())
            self._detector.setSettingsPath(folder)
            self._detector.setTrimEnergies([energy_eV])
            standard = slsdet.detectorSettings.STANDARD
            self._detector.setThresholdEnergy(energy_eV, standard, False)


def _board_argument(setting: Setting) -> list[Any]:
    if setting.board is None:
        return []
    return [setting.board if setting.name in _OF_ONE_BOARD else [setting.board]]


def _write_files_without_trim_bits(
    folder: Path,
    energy_eV: int,  # noqa: N803 (unit)
    module_ids: Sequence[int],
) -> None:
    place = folder / "standard" / f"{energy_eV}eV"
    place.mkdir(parents=True)
    for module_id in module_ids:
        (place / f"noise.sn{module_id:03d}").write_bytes(_FILE_WITHOUT_TRIM_BITS)
