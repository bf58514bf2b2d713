"""What boards were told becomes one acquisition."""

import pytest

from jfjoch.errors import DetectorError
from jfjoch.model.detector import DetectorType
from jfjoch.simulator.acquisition import Acquisition, Destination
from jfjoch.simulator.control.acquisition_of import acquisition_of
from jfjoch.simulator.control.board import (
    BURST_TRIGGER,
    DYNAMIC,
    FIX_G1,
    FORCE_SWITCH_G1,
    FORCE_SWITCH_G2,
    GATED,
    HIGHGAIN0,
    TRIGGER_EXPOSURE,
    Board,
    new_board,
)


def _boards(detector_type: DetectorType, count: int) -> list[Board]:
    boards = [new_board(detector_type, index) for index in range(count)]
    for board in boards:
        board.power.chip = 1
        for number, port in enumerate((board.udp, board.udp2)):
            port.destination_ip = int.from_bytes(bytes((10, 1, number, board.index + 1)), "little")
            port.destination_port = 8192 + 2 * board.index + number
    return boards


def _acquisition(boards: list[Board], *, shutter_closed: bool = False) -> Acquisition:
    return acquisition_of(boards, shutter_closed=shutter_closed)


def test_auto_timing_takes_no_account_of_triggers() -> None:
    boards = _boards("JUNGFRAU", 2)
    for board in boards:
        board.timing.frames, board.timing.triggers = 100, 7
        board.timing.exposure_ns, board.timing.period_ns = 480_000, 500_000
        board.timing.next_frame_number = 33
    made = _acquisition(boards)
    assert (made.frame_count, made.frames_per_trigger) == (100, 100)
    assert not made.wait_for_trigger
    assert made.exposure_s == pytest.approx(480e-6)
    assert made.period_s == pytest.approx(500e-6)
    assert made.first_frame_number == 33
    assert made.destinations == (
        (Destination("10.1.0.1", 8192),),
        (Destination("10.1.0.2", 8194),),
    )
    assert made.transmission_delay_s == ()


def test_every_trigger_of_a_jungfrau_takes_all_storage_cells_in_one_period() -> None:
    """data_path: images = frames x triggers x cells."""
    boards = _boards("JUNGFRAU", 1)
    boards[0].timing.mode = TRIGGER_EXPOSURE
    boards[0].timing.frames, boards[0].timing.triggers = 5, 3
    boards[0].timing.period_ns, boards[0].timing.exposure_ns = 4_000_000, 10_000
    boards[0].readout.additional_cells, boards[0].readout.first_cell = 3, 2
    made = _acquisition(boards)
    assert (made.frame_count, made.frames_per_trigger) == (60, 20)
    assert made.wait_for_trigger
    assert (made.storage_cell_count, made.first_storage_cell) == (4, 2)
    assert made.period_s == pytest.approx(1e-3)


def test_two_interfaces_have_an_address_each() -> None:
    boards = _boards("JUNGFRAU", 1)
    boards[0].readout.interfaces = 2
    assert _acquisition(boards).destinations == (
        (Destination("10.1.0.1", 8192), Destination("10.1.1.1", 8193)),
    )


def test_a_module_of_an_eiger_is_two_boards_with_two_ports() -> None:
    """Interfaces 9: quarters top left, top right, bottom left, bottom right."""
    boards = _boards("EIGER", 4)
    for board in boards:
        board.readout.bits, board.readout.threshold_eV = 32, 6200
        board.sending.frame_delay = 1000 * (board.index // 2)
    made = _acquisition(boards, shutter_closed=True)
    assert [[place.port for place in module] for module in made.destinations] == [
        [8192, 8193, 8194, 8195],
        [8196, 8197, 8198, 8199],
    ]
    assert [place.ipv4 for place in made.destinations[0]] == [
        *("10.1.0.1", "10.1.0.1"),
        *("10.1.0.2", "10.1.0.2"),
    ]
    assert (made.bits, made.threshold_keV) == pytest.approx((32, 6.2))
    assert made.transmission_delay_s == pytest.approx((0, 1e-5))
    assert not made.dark


def test_twelve_bits_are_sent_as_sixteen() -> None:
    boards = _boards("EIGER", 2)
    for board in boards:
        board.readout.bits = 12
    assert _acquisition(boards).bits == 16
    assert _acquisition(boards).threshold_keV is None


@pytest.mark.parametrize("mode", [TRIGGER_EXPOSURE, GATED, BURST_TRIGGER])
def test_a_trigger_releases_its_frames_in_every_mode_but_auto(mode: int) -> None:
    """Interfaces 2: a software trigger stands for what it would take to get them."""
    boards = _boards("EIGER", 2)
    for board in boards:
        board.timing.mode, board.timing.frames, board.timing.triggers = mode, 10, 2
    made = _acquisition(boards)
    assert (made.frame_count, made.frames_per_trigger) == (20, 10)
    assert made.wait_for_trigger


@pytest.mark.parametrize(
    ("mode", "stage", "dark"),
    [
        (DYNAMIC, "dynamic", False),
        (FORCE_SWITCH_G1, "forced_g1", True),
        (FORCE_SWITCH_G2, "forced_g2", True),
        (FIX_G1, "fixed_g1", False),
    ],
)
def test_forced_gain_stages_are_dark(mode: int, stage: str, dark: bool) -> None:
    boards = _boards("JUNGFRAU", 1)
    boards[0].readout.gain_mode = mode
    assert (_acquisition(boards).gain_stage, _acquisition(boards).dark) == (stage, dark)
    assert _acquisition(boards, shutter_closed=True).dark


def test_high_gain_and_delays_of_a_jungfrau() -> None:
    boards = _boards("JUNGFRAU", 2)
    for board in boards:
        board.readout.settings = HIGHGAIN0
    boards[1].sending.frame_delay = 5
    made = _acquisition(boards)
    assert made.use_hg0
    assert made.transmission_delay_s == pytest.approx((0, 5e-3))


def test_boards_that_were_told_different_things_are_refused() -> None:
    boards = _boards("JUNGFRAU", 2)
    boards[1].timing.frames = 2
    with pytest.raises(DetectorError, match=r"board 1 has .*frames=2"):
        _acquisition(boards)


def test_too_many_frames_are_refused() -> None:
    boards = _boards("JUNGFRAU", 1)
    boards[0].timing.mode = TRIGGER_EXPOSURE
    boards[0].timing.frames = boards[0].timing.triggers = 2**62
    with pytest.raises(DetectorError, match="at most 281474976710656 frames"):
        _acquisition(boards)
