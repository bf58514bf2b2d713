"""The truth: what the frames of acquisitions with light show, and which packets never left."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.simulated.frame_pool import LightFramePool
from jfjoch.simulator.record import AcquisitionRecord, Outcome

_FRAMES_PER_CHUNK = 64
_COMPRESSED = {"compression": "lzf", "shuffle": True}


class TruthFile:
    """An HDF5 file with a group for each acquisition with light.

    Implements ``AcquisitionListener``. The file is closed between its calls.

    /acquisition_000000
        photons           [images, modules, 512, 1024] uint16, what hit the pixels
        raw               the same shape, the frames as they are sent
        image_of_frame    [frames] int32, which image a frame shows
        missing           [frames, modules, packets] bool, no good packet was sent;
                          packets are counted port by port
    """

    def __init__(self, path: Path) -> None:
        """Begin a new file, in place of one that is there; OSError when that can't be."""
        self._path = path
        self._written: tuple[LightFramePool, int, str] | None = None
        """The images that are in the file last, how many, and where."""
        h5py.File(path, "w").close()

    def begin(self, record: AcquisitionRecord) -> None:
        """Write what its frames show; takes seconds for images that are new."""
        if record.pool is None:
            return
        with h5py.File(self._path, "a") as file:
            group = file.create_group(_name(record))
            _write_settings(group, record)
            self._write_images(file, group, record.pool)

    def end(self, record: AcquisitionRecord, outcome: Outcome) -> None:
        """Write what was sent."""
        if record.pool is None:
            return
        with h5py.File(self._path, "a") as file:
            group = file[_name(record)]
            numbers = [record.pool.image_of(frame) for frame in range(outcome.frames_sent)]
            group.create_dataset("image_of_frame", data=np.array(numbers, np.int32))
            _write_missing(group, record, outcome.frames_sent)

    def _write_images(self, file: h5py.File, group: h5py.Group, pool: LightFramePool) -> None:
        """Images that are there already get another name."""
        count = pool.kept_count
        if self._written is not None and self._written[:2] == (pool, count):
            earlier = file[self._written[2]]
            group["photons"], group["raw"] = earlier["photons"], earlier["raw"]
            return
        photons = np.stack([pool.scene.photons(number) for number in range(count)])
        raw = np.stack([pool.frame(number) for number in range(count)])
        for name, images in (("photons", photons), ("raw", raw)):
            chunks = (1, 1, *images.shape[2:])
            group.create_dataset(name, data=images, chunks=chunks, **_COMPRESSED)
        self._written = (pool, count, group.name)


def _name(record: AcquisitionRecord) -> str:
    return f"acquisition_{record.number:06d}"


def _write_settings(group: h5py.Group, record: AcquisitionRecord) -> None:
    plan, layout = record.plan, record.table.layout
    group.attrs["photon_energy_keV"] = plan.photon_energy_keV
    if plan.threshold_energy_keV is not None:
        group.attrs["threshold_energy_keV"] = plan.threshold_energy_keV
    group.attrs["gain_stage"] = plan.gain_stage
    group.attrs["use_hg0"] = plan.use_hg0
    group.attrs["storage_cell_count"] = plan.storage_cell_count
    group.attrs["first_storage_cell"] = plan.first_storage_cell
    group.attrs["first_frame_number"] = record.acquisition.first_frame_number
    group.attrs["packets_per_port"] = layout.packets_per_port
    group.attrs["bits"] = 8 * layout.pixel_bytes


def _write_missing(group: h5py.Group, record: AcquisitionRecord, frame_count: int) -> None:
    """Only the chunks in which something is missing are written, and take space."""
    table = record.table
    missing = group.create_dataset(
        "missing",
        (frame_count, table.module_count, table.layout.packets_per_module),
        np.bool_,
        chunks=(_FRAMES_PER_CHUNK, table.module_count, table.layout.packets_per_module),
        maxshape=(None, table.module_count, table.layout.packets_per_module),
        **_COMPRESSED,
    )
    for first, block in _blocks(record):
        frames = min(_FRAMES_PER_CHUNK, frame_count - first)
        missing[first : first + frames] = block[:frames].reshape(frames, *missing.shape[1:])


def _blocks(record: AcquisitionRecord) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Yield the first frame and [64, places] of chunks with missing packets."""
    by_chunk = groupby(record.injected.missing(), lambda entry: entry[0] // _FRAMES_PER_CHUNK)
    for chunk, entries in by_chunk:
        first = chunk * _FRAMES_PER_CHUNK
        block = np.zeros((_FRAMES_PER_CHUNK, record.table.place_count), np.bool_)
        for frame, places in entries:
            block[frame - first, places] = True
        yield first, block
