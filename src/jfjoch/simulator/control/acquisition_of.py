"""From what boards were told to the acquisition they make together."""

from collections.abc import Sequence
from ipaddress import IPv4Address
from typing import cast

from jfjoch.errors import DetectorError
from jfjoch.model.eiger_counter import ReadoutBits
from jfjoch.model.plan import GainStage
from jfjoch.simulator.acquisition import Acquisition, Destination
from jfjoch.simulator.control.board import (
    AUTO_TIMING,
    DYNAMIC,
    FIX_G1,
    FORCE_SWITCH_G1,
    FORCE_SWITCH_G2,
    HIGHGAIN0,
    Board,
    UdpPort,
)

_GAIN_STAGES: dict[int, GainStage] = {
    DYNAMIC: "dynamic",
    FORCE_SWITCH_G1: "forced_g1",
    FORCE_SWITCH_G2: "forced_g2",
    FIX_G1: "fixed_g1",
}
_FORCED = {FORCE_SWITCH_G1, FORCE_SWITCH_G2}
_DELAY_STEP_S = {"JUNGFRAU": 1e-3, "EIGER": 1e-8}
_NS = 1e-9
_MOST_FRAMES = 2**48


def assert_board_ready(board: Board) -> None:
    """Raise DetectorError saying what is missing before a board can acquire."""
    if board.power.failed:
        raise DetectorError(f"board {board.index} is in error; initialize the detector")
    if not board.power.chip:
        raise DetectorError(f"the chip of board {board.index} has no power; set powerchip to 1")
    assert_udp_ready(board)


def assert_udp_ready(board: Board) -> None:
    """Raise DetectorError when a port in use has no destination."""
    for destination in _destinations(board):
        if destination.port == 0 or destination.ipv4 == "0.0.0.0":
            raise DetectorError(
                f"board {board.index} does not know where to send packets; set udp_dstip and "
                "udp_dstport of all ports in use"
            )


def acquisition_of(boards: Sequence[Board], *, shutter_closed: bool) -> Acquisition:
    """Return the acquisition of all boards.

    Frames of all storage cells come within one period of the boards, evenly spread here.

    Args:
        boards: in order; two for each module of an EIGER.
        shutter_closed: no light comes. A forced gain stage of a JUNGFRAU is dark anyway.

    Raises:
        DetectorError: boards were told different things, or too many frames.
    """
    _assert_alike(boards)
    timing, readout = boards[0].timing, boards[0].readout
    eiger = boards[0].detector_type == "EIGER"
    cells = readout.additional_cells + 1
    per_trigger, triggers = _frames_and_triggers(boards[0])
    _assert_bearable(per_trigger * triggers * cells)
    return Acquisition(
        destinations=_destinations_by_module(boards),
        frame_count=per_trigger * triggers * cells,
        frames_per_trigger=per_trigger * cells,
        wait_for_trigger=timing.mode != AUTO_TIMING,
        period_s=max(timing.period_ns / cells, timing.exposure_ns) * _NS,
        exposure_s=timing.exposure_ns * _NS,
        first_frame_number=timing.next_frame_number,
        gain_stage=_GAIN_STAGES[readout.gain_mode],
        use_hg0=readout.settings == HIGHGAIN0,
        dark=not eiger and (shutter_closed or readout.gain_mode in _FORCED),
        storage_cell_count=cells,
        first_storage_cell=readout.first_cell,
        bits=cast("ReadoutBits", 16 if readout.bits == 12 else readout.bits),
        threshold_keV=readout.threshold_eV / 1e3 if readout.threshold_eV >= 0 else None,
        transmission_delay_s=_delays_by_module(boards),
    )


def _assert_alike(boards: Sequence[Board]) -> None:
    for board in boards:
        if board.timing != boards[0].timing or board.readout != boards[0].readout:
            raise DetectorError(
                f"boards must be told the same: board {board.index} has {board.timing}, "
                f"{board.readout}; board 0 has {boards[0].timing}, {boards[0].readout}"
            )


def _frames_and_triggers(board: Board) -> tuple[int, int]:
    """Triggers mean nothing in auto mode. A software trigger stands for a train of gates."""
    timing = board.timing
    if timing.mode == AUTO_TIMING:
        return timing.frames, 1
    return timing.frames, timing.triggers


def _assert_bearable(frame_count: int) -> None:
    if frame_count > _MOST_FRAMES:
        raise DetectorError(f"at most {_MOST_FRAMES} frames expected, {frame_count} asked for")


def _boards_per_module(boards: Sequence[Board]) -> int:
    return 2 if boards[0].detector_type == "EIGER" else 1


def _destinations_by_module(boards: Sequence[Board]) -> tuple[tuple[Destination, ...], ...]:
    step = _boards_per_module(boards)
    return tuple(
        tuple(place for board in boards[first : first + step] for place in _destinations(board))
        for first in range(0, len(boards), step)
    )


def _destinations(board: Board) -> tuple[Destination, ...]:
    """Both ports of an EIGER board have one address."""
    first = _destination(board.udp, board.udp.destination_ip)
    if board.detector_type == "EIGER":
        return first, _destination(board.udp2, board.udp.destination_ip)
    if board.readout.interfaces == 1:
        return (first,)
    return first, _destination(board.udp2, board.udp2.destination_ip)


def _destination(port: UdpPort, address: int) -> Destination:
    return Destination(str(IPv4Address(address.to_bytes(4, "little"))), port.destination_port)


def _delays_by_module(boards: Sequence[Board]) -> tuple[float, ...]:
    step_s = _DELAY_STEP_S[boards[0].detector_type]
    delays = tuple(
        board.sending.frame_delay * step_s for board in boards[:: _boards_per_module(boards)]
    )
    return delays if any(delays) else ()
