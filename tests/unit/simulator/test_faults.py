"""Faults: what the report says was injected is what arrives, packet by packet."""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from jfjoch.simulator.emitter import PacketEmitter
from jfjoch.simulator.faults import BurstLoss, DeadModule, Faults
from jfjoch.simulator.report import ReportFile
from jfjoch.simulator.sending import SenderSetup
from jfjoch.simulator.truth_file import TruthFile
from tests.helpers.emitters import acquisition, sender_setup, true_frame, wait_until_idle
from tests.helpers.packet_listener import PacketListener
from tests.reference.packets import Packet, assemble

FRAMES = 6
MODULES = 2
PORTS = 2
PER_PORT = 64


class Run:
    """One acquisition of two modules with two interfaces, and what was written about it."""

    def __init__(self, directory: Path, faults: Faults, **changed: Any) -> None:
        self.setup: SenderSetup = sender_setup("JUNGFRAU", MODULES, faults)
        report = ReportFile(directory / "report.json", self.setup.detector, faults, 7)
        truth = TruthFile(directory / "truth.h5")
        with PacketListener(MODULES, PORTS) as listener:
            self.asked = acquisition(listener.destinations, FRAMES, **changed)
            emitter = PacketEmitter(self.setup, [report, truth])
            emitter.start(self.asked)
            wait_until_idle(emitter)
            content = json.loads((directory / "report.json").read_text())
            (self.report,) = content["acquisitions"]
            self.packets: list[Packet] = listener.wait_for(self.report["packets_sent"])
        assert len(self.packets) == self.report["packets_sent"]
        if not self.report["dark"]:
            with h5py.File(directory / "truth.h5") as file:
                self.truth = {name: data[()] for name, data in file["acquisition_000000"].items()}

    @property
    def injected(self) -> dict[str, int]:
        """Totals of the report."""
        injected: dict[str, int] = self.report["injected"]
        return injected

    def by_frame_and_module(self, kind: str) -> Counter[tuple[int, int]]:
        """Injected packets of that kind by (frame, module)."""
        table = self.report["by_frame_and_module"]
        column = table["columns"].index(kind)
        return Counter({(row[0], row[1]): row[column] for row in table["rows"] if row[column]})


def origin(packet: Packet) -> tuple[int, int]:
    return packet.header.frame_number - 1, packet.module


def position(packet: Packet) -> int:
    """Place among all packets its port sends."""
    return (packet.header.frame_number - 1) * PER_PORT + packet.header.packet_number


def good_packets(packets: list[Packet]) -> Counter[tuple[int, int, int]]:
    """Copies of each packet nothing is wrong with, by frame, module and number in the module."""
    return Counter(
        (*origin(packet), packet.port * PER_PORT + packet.header.packet_number)
        for packet in packets
        if len(packet.content) == 8240
        and (packet.header.detector_type, packet.header.version) == (3, 2)
        and packet.header.packet_number < PER_PORT
    )


def overtaken(packets: list[Packet]) -> Counter[tuple[int, int]]:
    """Packets that came after a later one of their port."""
    counts: Counter[tuple[int, int]] = Counter()
    highest: dict[tuple[int, int], int] = {}
    for packet in packets:
        port = (packet.module, packet.port)
        if position(packet) < highest.get(port, -1):
            counts[origin(packet)] += 1
        highest[port] = max(highest.get(port, -1), position(packet))
    return counts


def assert_missing_is_what_never_came(run: Run) -> None:
    good = good_packets(run.packets)
    came = np.zeros((FRAMES, MODULES, PORTS * PER_PORT), np.bool_)
    for place in good:
        came[place] = True
    np.testing.assert_array_equal(run.truth["missing"], ~came)
    assert run.injected["missing"] == np.count_nonzero(~came)


def test_without_faults_everything_comes_once_and_nothing_is_reported(tmp_path: Path) -> None:
    run = Run(tmp_path, Faults())
    assert set(good_packets(run.packets).values()) == {1}
    assert sum(run.injected.values()) == 0
    assert run.report["by_frame_and_module"]["rows"] == []
    assert run.report["packets_sent"] == run.report["packets_due"] == FRAMES * MODULES * 128
    assert not run.truth["missing"].any()


@pytest.mark.parametrize(
    "faults",
    [
        Faults(loss=0.05),
        Faults(burst_loss=BurstLoss(0.01, 40)),
        Faults(loss=1.0),
        Faults(dead_module=DeadModule(1, 3)),
        Faults(loss=0.02, burst_loss=BurstLoss(0.002, 10), dead_module=DeadModule(0, 4)),
    ],
    ids=["single", "bursts", "all", "dead module", "several"],
)
def test_lost_packets_are_those_reported(tmp_path: Path, faults: Faults) -> None:
    run = Run(tmp_path, faults)
    assert_missing_is_what_never_came(run)
    came = Counter((frame, module) for frame, module, _ in good_packets(run.packets))
    lost = Counter(
        {
            (frame, module): PORTS * PER_PORT - came[frame, module]
            for frame in range(FRAMES)
            for module in range(MODULES)
        }
    )
    assert run.by_frame_and_module("lost") == +lost
    assert run.injected["lost"] == lost.total() > 0


def test_a_burst_longer_than_any_number_goes_on_to_the_end(tmp_path: Path) -> None:
    run = Run(tmp_path, Faults(burst_loss=BurstLoss(1.0, 10**24)))
    assert run.packets == []
    assert run.injected["lost"] == FRAMES * MODULES * PORTS * PER_PORT


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_a_report_replaces_nothing_but_files(tmp_path: Path, kind: str) -> None:
    """And leaves nothing else behind."""
    path = tmp_path / kind
    path.mkdir() if kind == "folder" else os.mkfifo(path)
    report = ReportFile(path, sender_setup().detector, Faults(), 7)
    with pytest.raises(OSError, match="a file is expected"):
        report.write()
    assert [each.name for each in tmp_path.iterdir()] == [kind]
    assert not path.is_file()


def test_bursts_take_packets_in_a_row_of_a_port(tmp_path: Path) -> None:
    """Also beyond the end of a frame."""
    run = Run(tmp_path, Faults(burst_loss=BurstLoss(0.004, 50)))
    missing = run.truth["missing"].reshape(FRAMES, MODULES * PORTS, PER_PORT)
    crossed = False
    for port in range(MODULES * PORTS):
        stream = missing[:, port].reshape(-1)
        edges = np.flatnonzero(np.diff(np.concatenate(([0], stream, [0]))))
        begins, ends = edges[::2], edges[1::2]
        assert all(ends - begins >= np.minimum(50, len(stream) - begins))
        crossed |= any(begins // PER_PORT < (ends - 1) // PER_PORT)
    assert crossed


def test_duplicates_come_twice(tmp_path: Path) -> None:
    run = Run(tmp_path, Faults(duplicate=0.1))
    twice = Counter(
        (frame, module) for (frame, module, _), n in good_packets(run.packets).items() if n == 2
    )
    assert run.by_frame_and_module("duplicated") == twice
    assert run.injected["duplicated"] == twice.total() > 0
    assert run.report["packets_sent"] == run.report["packets_due"] + twice.total()


@pytest.mark.parametrize("reach", [1, 16, 64, 150])
def test_reordered_packets_are_those_overtaken_and_none_goes_far(
    tmp_path: Path, reach: int
) -> None:
    run = Run(tmp_path, Faults(reorder=reach))
    assert set(good_packets(run.packets).values()) == {1}, "what was held back leaves at the end"
    assert run.by_frame_and_module("reordered") == overtaken(run.packets)
    for module in range(MODULES):
        for port in range(PORTS):
            own = [position(p) for p in run.packets if (p.module, p.port) == (module, port)]
            distance = np.abs(np.array(own) - np.arange(len(own)))
            assert distance.max() <= reach
            assert distance.max() > reach / 3
    frames = assemble(run.packets, MODULES, PORTS)
    for number in range(FRAMES):
        expected = true_frame(run.setup, run.asked, number)
        np.testing.assert_array_equal(frames[number + 1], expected)


def test_corrupted_packets_can_be_told_and_are_reported_by_kind(tmp_path: Path) -> None:
    run = Run(tmp_path, Faults(corrupt=0.1))
    whole = [packet for packet in run.packets if len(packet.content) == 8240]
    found = {
        "truncated": len(run.packets) - len(whole),
        "wrong_type": sum(packet.header.detector_type != 3 for packet in whole),
        "wrong_number": sum(packet.header.packet_number >= PER_PORT for packet in whole),
    }
    assert all(found.values())
    assert found == {kind: run.injected[kind] for kind in found}
    assert run.injected["corrupted"] == sum(found.values())
    assert_missing_is_what_never_came(run)


def test_wrong_versions_are_reported(tmp_path: Path) -> None:
    run = Run(tmp_path, Faults(wrong_version=0.1))
    wrong = Counter(origin(packet) for packet in run.packets if packet.header.version != 2)
    assert run.by_frame_and_module("wrong_version") == wrong
    assert wrong.total() > 0
    assert_missing_is_what_never_came(run)


def test_all_at_once(tmp_path: Path) -> None:
    faults = Faults(0.05, BurstLoss(0.002, 20), 0.05, 32, 0.05, 0.05, DeadModule(1, 4))
    run = Run(tmp_path, faults)
    assert_missing_is_what_never_came(run)
    good = good_packets(run.packets)
    assert run.injected["duplicated"] == sum(n == 2 for n in good.values())
    assert max(good.values()) == 2


def test_the_same_seed_loses_the_same_packets_whatever_else_goes_wrong(tmp_path: Path) -> None:
    missing = []
    for number, faults in enumerate([Faults(loss=0.1), Faults(loss=0.1, duplicate=0.2, reorder=9)]):
        directory = tmp_path / str(number)
        directory.mkdir()
        missing.append(Run(directory, faults).truth["missing"])
    np.testing.assert_array_equal(*missing)


def test_dark_acquisitions_are_spared_unless_asked_for(tmp_path: Path) -> None:
    assert Run(tmp_path, Faults(loss=0.5), dark=True).injected["missing"] == 0
    assert Run(tmp_path, Faults(loss=0.5, in_dark=True), dark=True).injected["missing"] > 0


def test_the_truth_tells_what_every_frame_shows(tmp_path: Path) -> None:
    run = Run(tmp_path, Faults(loss=0.1))
    frames = assemble(run.packets, MODULES, PORTS)
    for number in range(FRAMES):
        image = run.truth["image_of_frame"][number]
        raw = run.truth["raw"][image].reshape(MODULES, PORTS * PER_PORT, -1)
        expected = np.where(run.truth["missing"][number][..., None], 0, raw)
        np.testing.assert_array_equal(frames[number + 1].reshape(expected.shape), expected)
        photons = run.setup.simulated.true_photons(number)
        np.testing.assert_array_equal(run.truth["photons"][image], photons)


def test_images_are_in_the_truth_once(tmp_path: Path) -> None:
    """A second acquisition of the same frames adds names, not data."""
    setup = sender_setup()
    emitter = PacketEmitter(setup, [TruthFile(tmp_path / "truth.h5")])
    with PacketListener(1, 1) as listener:
        for _ in range(2):
            emitter.start(acquisition(listener.destinations, 3))
            wait_until_idle(emitter)
    with h5py.File(tmp_path / "truth.h5") as file:
        first, second = file["acquisition_000000"], file["acquisition_000001"]
        assert first["raw"] == second["raw"]
        assert first.attrs["photon_energy_keV"] == 12.4
        assert first["image_of_frame"][()].tolist() == second["image_of_frame"][()].tolist()
