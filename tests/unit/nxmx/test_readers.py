"""Programs that know nothing of this package read the files (W038)."""

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import nxmx
import pytest

from jfjoch.compression.compressor import Compressor
from jfjoch.model.dataset import Compression
from tests.helpers.independent_readers import assert_readers_agree
from tests.helpers.writer_bench import WriterBench
from tests.helpers.writer_messages import (
    OMEGA,
    end_message,
    image_format,
    image_message,
    pixels,
    start_message,
)
from tests.unit.nxmx.conftest import SaveRun


@pytest.mark.parametrize(
    ("dtype", "rotates"),
    [
        *(("int16", True), ("int16", False), ("int32", True)),
        *(("uint8", True), ("uint16", True), ("uint32", False)),
    ],
)
def test_readers_agree(save_run: SaveRun, dtype: str, rotates: bool) -> None:
    """nxvalidate: 0 errors; silx, nxmx, fabio, h5py: the same pixels, mask and geometry."""
    master = save_run(came=(0, 1, 2, 4, 6), dtype=dtype, goniometer=OMEGA if rotates else None)
    content = assert_readers_agree(master)
    form = image_format(dtype)
    expected = np.stack([pixels(n, dtype) for n in range(7)])
    expected[[3, 5]] = form.error_value
    np.testing.assert_array_equal(content.images, expected)
    np.testing.assert_array_equal(content.pixel_mask, form.pixel_mask)
    assert content.distance_m == 0.155
    assert content.beam_center_pxl == (31.25, 20.5)
    assert content.wavelength_angstrom == 0.99987


@pytest.mark.parametrize("compression", ["bslz4", "bszstd", "bszstd_rle", "none"])
@pytest.mark.parametrize("dtype", ["int16", "uint8", "uint32"])
def test_readers_read_every_compression(
    tmp_path: Path, compression: Compression, dtype: str
) -> None:
    """B049: through the writer, from the encoder of the broker to programs of others."""
    bench, compressor = WriterBench(tmp_path), Compressor(compression)
    start = start_message(5, images_per_file=2, dtype=dtype)
    images = [
        replace(image_message(n, start, "none"), image=compressor.compress(pixels(n, dtype)))
        for n in range(5)
    ]
    bench.feed(start, *images, end_message(start, 5))
    content = assert_readers_agree(tmp_path / "run_master.h5")
    np.testing.assert_array_equal(content.images, np.stack([pixels(n, dtype) for n in range(5)]))


def test_the_beam_hits_the_beam_centre(save_run: SaveRun) -> None:
    """Following the chain of transformations, as programs do that ignore beam_center_x."""
    with h5py.File(save_run()) as file:
        module = nxmx.NXmx(file).entries[0].instruments[0].detectors[0].modules[0]
        fast, slow = module.fast_pixel_direction, module.slow_pixel_direction
        chain = nxmx.get_dependency_chain(fast.depends_on)
        corner = sum(
            np.ravel(step[()].to("m").magnitude) * step.vector + _offset_m(step) for step in chain
        )
        columns, rows = 31.25 + 0.5, 20.5 + 0.5
        hit = corner + columns * 75e-6 * fast.vector + rows * 75e-6 * slow.vector
    np.testing.assert_allclose(hit, [0, 0, 0.155], atol=1e-12)


def _offset_m(step: nxmx.NXtransformationsAxis) -> np.ndarray:
    return np.zeros(3) if step.offset is None else step.offset.to("m").magnitude


def test_rotation_axis(save_run: SaveRun) -> None:
    with h5py.File(save_run()) as file:
        axis = nxmx.NXmx(file).entries[0].samples[0].depends_on
        assert axis.vector.tolist() == [-1, 0, 0]
        np.testing.assert_allclose(axis[()].to("deg").magnitude, 10 + 0.1 * np.arange(7))
        assert axis.end is not None
