"""What one board remembers; units as on the wire (ns, V, eV), since that is what is read back."""

from dataclasses import dataclass, field

from jfjoch.model.detector import DetectorType

AUTO_TIMING, TRIGGER_EXPOSURE, GATED, BURST_TRIGGER = 0, 1, 2, 3
DYNAMIC, FORCE_SWITCH_G1, FORCE_SWITCH_G2, FIX_G1 = 0, 1, 2, 3
STANDARD, HIGHGAIN0, GAIN0 = 0, 7, 19
"""Numbers of timing modes, gain modes and settings on the wire."""


@dataclass(slots=True)
class Timing:
    """When frames are taken."""

    mode: int = AUTO_TIMING
    frames: int = 1
    """For each trigger."""
    triggers: int = 1
    exposure_ns: int = 10_000
    period_ns: int = 2_000_000
    delay_ns: int = 0
    """After a trigger; remembered only."""
    next_frame_number: int = 1


@dataclass(slots=True)
class UdpPort:
    """One of the two ports of a board; addresses are numbers, in the order of the network."""

    source_ip: int = 0
    source_mac: int = 0
    destination_ip: int = 0
    destination_mac: int = 0
    destination_port: int = 0


@dataclass(slots=True)
class Readout:
    """How pixels are read; the lower half is of EIGER only or of JUNGFRAU only."""

    settings: int = GAIN0
    speed: int = 0
    interfaces: int = 1
    gain_mode: int = DYNAMIC
    additional_cells: int = 0
    first_cell: int = 0
    cell_delay_ns: int = 0
    bits: int = 16
    threshold_eV: int = -1  # noqa: N815 (unit)
    parallel: int = 0
    overflow: int = 0
    subframe_exposure_ns: int = 2_621_440
    subframe_dead_time_ns: int = 0


@dataclass(slots=True)
class Sending:
    """Delays of packets; of a frame in steps of 1 ms (JUNGFRAU) or 10 ns (EIGER)."""

    frame_delay: int = 0
    left_delay: int = 0
    right_delay: int = 0
    ten_giga: int = 1
    flow_control: int = 1
    interface_selected: int = 0


@dataclass(slots=True)
class Power:
    """What is on."""

    high_voltage_V: int = 0  # noqa: N815 (unit)
    chip: int = 0
    failed: bool = False
    """In error, which only ``ControlServer.recover`` ends."""


@dataclass(slots=True)
class Service:
    """What a board keeps for its client, without a use for it here."""

    active: int = 1
    master: int = 0
    synchronised: int = 0
    locked: int = 0
    top: int = 1
    trimbits: int = -1
    temperature_limit: int = 65_000
    temperature_control: int = 0
    temperature_event: int = 0
    comparator_disabled: int = 0
    rate_correction_ns: int = 0
    analog_converters: dict[int, int] = field(default_factory=dict)
    """DACs by their number."""


@dataclass(slots=True)
class Board:
    """A JUNGFRAU module, or half a module of an EIGER."""

    detector_type: DetectorType
    index: int
    timing: Timing = field(default_factory=Timing)
    udp: UdpPort = field(default_factory=UdpPort)
    udp2: UdpPort = field(default_factory=UdpPort)
    readout: Readout = field(default_factory=Readout)
    sending: Sending = field(default_factory=Sending)
    power: Power = field(default_factory=Power)
    service: Service = field(default_factory=Service)


def new_board(detector_type: DetectorType, index: int) -> Board:
    """Return a board as it is after it was switched on; board 0 is the master."""
    board = Board(detector_type, index)
    board.service.master = int(index == 0)
    if detector_type == "EIGER":
        board.service.top = int(index % 2 == 0)
        board.readout.settings = STANDARD
        board.power.chip = 1
    return board
