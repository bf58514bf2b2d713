"""slsdet, as it is published, configures, starts, triggers and stops the simulated boards."""

import importlib.util
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from jfjoch.simulator.acquisition import Destination
from jfjoch.simulator.control.control_server import ControlServer
from tests.helpers.control_server_process import simulated_detector
from tests.helpers.ports import free_tcp_ports
from tests.helpers.recording_emitter import RecordingEmitter
from tests.helpers.slsdet_process import SlsdetError, SlsdetProcess

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("slsdet") is None,
    reason="needs slsdet: pip install 'jfjoch[slsdet]' (Linux on x86-64)",
)

IDLE, ERROR, WAITING, RUNNING, STOPPED = 0, 1, 2, 5, 6
_SHARED_MEMORY = Path("/dev/shm")


class _Rig:
    """Two modules, in a thread of this process; slsdet in another."""

    def __init__(self, detector_type: str, version: str | None = None) -> None:
        self.name = f"jfjoch{os.getpid()}"
        self.emitter = RecordingEmitter()
        detector = simulated_detector(detector_type, 2)
        port = free_tcp_ports(8)
        versions = () if version is None else (version,)
        self.server = ControlServer(detector, self.emitter, port, *versions)
        self.slsdet = SlsdetProcess(detector_type.capitalize(), self.name)

    @property
    def shared_memory(self) -> list[Path]:
        return list(_SHARED_MEMORY.glob(f"*{self.name}*"))

    def connect(self) -> None:
        self.slsdet.do(f"d.hostname = {self.server.hostnames}")

    def send_to_localhost(self, boards: int, ports: tuple[str, ...]) -> None:
        for board in range(boards):
            for number, suffix in enumerate(ports):
                port = 9000 + 2 * board + number
                self.slsdet.do(f"d.setDestinationUDPPort{suffix}({port}, {board})")
            source = f'IpAddr("10.1.1.{board + 1}")'
            self.slsdet.do(f"d.setSourceUDPIP({source}, [{board}])")
        self.slsdet.do('d.udp_dstip = IpAddr("127.0.0.1")')
        self.slsdet.do('d.udp_dstmac = MacAddr("aa:bb:cc:dd:ee:ff")')

    @property
    def states(self) -> list[int]:
        states = self.slsdet.ask("d.getDetectorStatus()")
        assert isinstance(states, list)
        return states


def _rig(detector_type: str, version: str | None = None) -> Iterator[_Rig]:
    with ExitStack() as stack:
        rig = _Rig(detector_type, version)
        stack.enter_context(rig.server)
        stack.enter_context(rig.slsdet)
        yield rig
    assert rig.shared_memory == []


@pytest.fixture
def jungfrau() -> Iterator[_Rig]:
    for rig in _rig("JUNGFRAU"):
        rig.connect()
        yield rig


@pytest.fixture
def eiger() -> Iterator[_Rig]:
    for rig in _rig("EIGER"):
        rig.connect()
        yield rig


@pytest.fixture
def old_server() -> Iterator[_Rig]:
    yield from _rig("JUNGFRAU", "9.1.0 0x240101")


def _assert_kept(rig: _Rig, settings: dict[str, str]) -> None:
    """Every setting comes back as it was set."""
    for name, value in settings.items():
        rig.slsdet.do(f"d.{name} = {value}")
        assert rig.slsdet.ask(f"d.{name}") == rig.slsdet.ask(value), name


def test_connection_tells_who_is_there(jungfrau: _Rig) -> None:
    """B145: what /detector/status is made of."""
    ask = jungfrau.slsdet.ask
    assert len(jungfrau.shared_memory) == 3
    assert ask("d.type") == ask("detectorType.JUNGFRAU")
    assert ask("d.getDetectorServerVersion()") == ["10.0.0", "10.0.0"]
    assert ask("d.getSerialNumber()") == [1, 2]
    assert ask("d.getFirmwareVersion()") == [0x231026] * 2
    assert jungfrau.states == [IDLE, IDLE]
    assert ask("d.getPowerChip()") == [0, 0]
    assert ask("d.getHighVoltage()") == [0, 0]
    assert ask("d.getTemperature(dacIndex.TEMPERATURE_FPGA)") == [42, 42]
    jungfrau.slsdet.do("d.powerchip = 1")
    assert ask("d.getTemperature(dacIndex.TEMPERATURE_FPGA)") == [48, 48]
    assert ask("d.getTemperature(dacIndex.TEMPERATURE_ADC)") == [37, 37]


def test_settings_of_a_jungfrau_are_kept(jungfrau: _Rig) -> None:
    settings = {
        "powerchip": "1",
        "highvoltage": "120",
        "numinterfaces": "2",
        "timing": "timingMode.TRIGGER_EXPOSURE",
        "frames": "3",
        "triggers": "1_000_000_000_000",
        "nextframenumber": "1",
        "exptime": "1e-5",
        "period": "1e-3",
        "delay": "2e-6",
        "gainmode": "gainMode.FORCE_SWITCH_G2",
        "settings": "detectorSettings.HIGHGAIN0",
        "readoutspeed": "speedLevel.HALF_SPEED",
        "txdelay_frame": "31",
        "extrastoragecells": "15",
        "storagecell_start": "14",
        "storagecell_delay": "1e-5",
        "sync": "1",
        "udp_dstip2": 'IpAddr("127.0.0.1")',
        "udp_dstmac2": 'MacAddr("aa:bb:cc:dd:ee:ff")',
        "udp_srcip2": 'IpAddr("10.1.1.10")',
        "udp_srcmac2": 'MacAddr("aa:00:00:00:00:01")',
    }
    _assert_kept(jungfrau, settings)


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ("d.highvoltage = 59", "0 or 60 to 200 V expected, 59 came"),
        ("d.gainmode = gainMode.FIX_G0", "gain_mode of board 0: 0 or 1 or 2 or 3 expected, 5 came"),
        ("d.extrastoragecells = 16", "additional_cells of board 0: 0 to 15 expected, 16 came"),
        ("d.startDetector()", "the chip of board 0 has no power"),
        ("d.validateUDPConfiguration()", "set udp_dstip and udp_dstport"),
        ("d.getScan()", r"not simulated: function get_scan \(187\)"),
    ],
)
def test_refusals_reach_the_user_of_slsdet(jungfrau: _Rig, statement: str, text: str) -> None:
    with pytest.raises(SlsdetError, match=text):
        jungfrau.slsdet.do(statement)


def test_triggered_acquisition_of_a_jungfrau(jungfrau: _Rig) -> None:
    """Storage cells, two triggers and a stop; what the emitter is told is what was set."""
    do = jungfrau.slsdet.do
    do("d.powerchip = 1")
    jungfrau.send_to_localhost(2, ("",))
    do("d.frames, d.triggers, d.extrastoragecells = 3, 2, 3")
    do("d.exptime, d.period, d.nextframenumber = 1e-5, 4e-3, 1")
    do("d.timing = timingMode.TRIGGER_EXPOSURE")
    do("d.highvoltage = 120")
    do("d.validateUDPConfiguration()")
    do("d.startDetector()")
    assert jungfrau.states == [WAITING, WAITING]
    do("d.sendSoftwareTrigger()")
    assert jungfrau.slsdet.ask("d.getNumberOfTriggersLeft()") == [1, 1]
    assert jungfrau.slsdet.ask("d.getNumberOfFramesLeft()") == [12, 12]
    do("d.sendSoftwareTrigger()")
    assert jungfrau.states == [IDLE, IDLE]
    assert jungfrau.slsdet.ask("d.nextframenumber") == 25
    do("d.startDetector()")
    do("d.stopDetector()")
    assert jungfrau.states == [STOPPED, STOPPED]
    dark, light = jungfrau.emitter.acquisitions
    assert (dark.dark, light.dark) == (True, False)
    assert (dark.frame_count, dark.frames_per_trigger, dark.storage_cell_count) == (24, 12, 4)
    assert (dark.exposure_s, dark.period_s) == pytest.approx((1e-5, 1e-3))
    assert dark.destinations == (
        (Destination("127.0.0.1", 9000),),
        (Destination("127.0.0.1", 9002),),
    )


def test_board_in_error_is_seen_and_recovers(jungfrau: _Rig) -> None:
    jungfrau.server.fail(1)
    assert jungfrau.states == [IDLE, ERROR]
    jungfrau.server.recover(1)
    assert jungfrau.states == [IDLE, IDLE]


def test_lost_connection_is_seen(jungfrau: _Rig) -> None:
    """Of the detector; the same client goes on when it is back."""
    jungfrau.server.stop()
    with pytest.raises(SlsdetError, match=r"(?i)connect"):
        _ = jungfrau.states
    jungfrau.server.start()
    assert jungfrau.states == [IDLE, IDLE]


def test_other_major_version_is_refused_by_slsdet(old_server: _Rig) -> None:
    with pytest.raises(SlsdetError, match=r"9\.1\.0.*is incompatible with client"):
        old_server.connect()


def test_settings_of_an_eiger_are_kept(eiger: _Rig) -> None:
    _assert_kept(
        eiger,
        {
            "dr": "8",
            "tengiga": "True",
            "parallel": "1",
            "highvoltage": "90",
            "timing": "timingMode.BURST_TRIGGER",
            "frames": "7",
            "triggers": "2",
            "exptime": "2.5e-4",
            "period": "3e-4",
            "txdelay_frame": "50_000",
            "readoutspeed": "speedLevel.FULL_SPEED",
            "nextframenumber": "9",
        },
    )
    assert eiger.slsdet.ask("d.getMaster()") == [True, False, False, False]
    assert eiger.slsdet.ask("d.getTop()") == [True, False, True, False]
    assert eiger.slsdet.ask("d.getTemperature(dacIndex.TEMPERATURE_FPGA)") == [50, 50, 51, 51]


def test_threshold_of_an_eiger_comes_from_trim_files(eiger: _Rig, tmp_path: Path) -> None:
    """slsdet sets no threshold without them; between energies it interpolates."""
    for energy_ev in (5000, 8000):
        folder = tmp_path / "standard" / f"{energy_ev}eV"
        folder.mkdir(parents=True)
        for board in eiger.slsdet.ask("d.getModuleId()"):
            content = np.zeros(16 + 2 + 256 * 256 * 4, dtype="<i4")
            (folder / f"noise.sn{board:03d}").write_bytes(content.tobytes())
    eiger.slsdet.do(f"d.settingspath, d.trimen = {str(tmp_path)!r}, [5000, 8000]")
    eiger.slsdet.do("d.threshold = 6200")
    assert eiger.slsdet.ask("d.threshold") == 6200
    eiger.slsdet.do("d.setThresholdEnergy(5000, detectorSettings.STANDARD, False)")
    assert eiger.slsdet.ask("d.getThresholdEnergy()") == [5000] * 4


def test_acquisition_of_an_eiger(eiger: _Rig) -> None:
    do = eiger.slsdet.do
    eiger.send_to_localhost(4, ("", "2"))
    do("d.dr = 32")
    do("d.frames, d.exptime, d.period = 5, 2.5e-3, 3e-3")
    do("d.startDetector()")
    assert eiger.states == [RUNNING] * 4
    eiger.emitter.finish()
    assert eiger.states == [IDLE] * 4
    (made,) = eiger.emitter.acquisitions
    assert (made.bits, made.frame_count, made.dark) == (32, 5, False)
    assert [[x.port for x in module] for module in made.destinations] == [
        [9000, 9001, 9002, 9003],
        [9004, 9005, 9006, 9007],
    ]
