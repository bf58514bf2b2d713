"""Where packets go."""

from jfjoch.model.detector import DetectorType
from jfjoch.simulator.control.acquisition_of import assert_udp_ready
from jfjoch.simulator.control.board import Board
from jfjoch.simulator.control.board_set import BoardSet
from jfjoch.simulator.control.function import (
    BOTH,
    Arguments,
    Function,
    Setting,
    Value,
    get_and_set,
)


def _validate(_: BoardSet, board: Board, __: Arguments) -> tuple[Value, ...]:
    assert_udp_ready(board)
    return ()


def _of_port(group: str, suffix: str, detectors: tuple[DetectorType, ...]) -> list[Function]:
    source_ip, source_mac = Setting(group, "source_ip"), Setting(group, "source_mac")
    ip, mac = Setting(group, "destination_ip"), Setting(group, "destination_mac")
    return [
        *get_and_set(f"source_udp_ip{suffix}", "I", source_ip, "address sent from", detectors),
        *get_and_set(f"source_udp_mac{suffix}", "Q", source_mac, "MAC sent from", detectors),
        *get_and_set(f"dest_udp_ip{suffix}", "I", ip, "address sent to", detectors),
        *get_and_set(f"dest_udp_mac{suffix}", "Q", mac, "MAC sent to", detectors),
    ]


UDP_FUNCTIONS: list[Function] = [
    *_of_port("udp", "", BOTH),
    *_of_port("udp2", "2", ("JUNGFRAU",)),
    *get_and_set("dest_udp_port", "H", Setting("udp", "destination_port"), "port sent to"),
    *get_and_set(
        "dest_udp_port2", "H", Setting("udp2", "destination_port"), "port the second one sends to"
    ),
    *get_and_set(
        "num_interfaces",
        "i",
        Setting("readout", "interfaces", (1, 2)),
        "network interfaces in use",
        ("JUNGFRAU",),
    ),
    Function(
        "get_num_interfaces",
        "",
        "i",
        Setting("readout", "interfaces").get_handler,
        "always 1",
        ("EIGER",),
    ),
    *get_and_set(
        "interface_sel",
        "i",
        Setting("sending", "interface_selected", (0, 1)),
        "remembered only",
        ("JUNGFRAU",),
    ),
    Function("validate_udp_config", "", "", _validate, "fails if a destination is missing"),
    Function("reconfigure_udp", "", "", _validate, "fails if a destination is missing"),
]
