"""Real frames through the pipeline: right in every pixel whose gain was measured."""

import numpy as np
import pytest

from jfjoch.calibration.gains import GainMaps
from jfjoch.calibration.pedestals import Pedestals
from jfjoch.compression.decompression import decompress
from jfjoch.geometry.modules import module_layout
from jfjoch.processing.conversion_tables import ConversionTables
from jfjoch.processing.pipeline import ImagePipeline
from tests.helpers.pipeline_runs import detector_of, no_mask
from tests.helpers.pixel_types import pixel_plan
from tests.helpers.real_module import ENERGY_KEV, JungfrauModule


@pytest.mark.parametrize("planted_specials", [False, True])
@pytest.mark.parametrize(
    ("dtype", "frames_per_image"),
    [("int16", 1), ("int32", 1), ("int32", 5), ("int16", 2), ("int8", 1), ("uint8", 2)],
)
def test_every_measured_pixel_is_right(
    jungfrau_module: JungfrauModule, dtype: str, frames_per_image: int, planted_specials: bool
) -> None:
    module = jungfrau_module.with_planted_specials() if planted_specials else jungfrau_module
    mean = module.pedestal[:, np.newaxis, np.newaxis].astype(np.float32)
    pedestals = Pedestals(mean, np.zeros_like(mean), "loaded")
    gains = GainMaps(module.gain[np.newaxis])
    plan = pixel_plan(dtype, frames_per_image=frames_per_image, energy_per_count_keV=ENERGY_KEV)
    layout = module_layout(detector_of(1), assembled=True)
    tables = ConversionTables.build(pedestals, gains, ENERGY_KEV, use_hg0=False)
    pipeline = ImagePipeline(plan, layout, tables, no_mask(layout), "bslz4")

    for first in range(0, len(module.raw), frames_per_image):
        frames = range(first, first + frames_per_image)
        pipeline.begin()
        for frame in frames:
            pipeline.add_frame(module.raw[frame : frame + 1])
        image, *_ = pipeline.finish()
        expected = module.image(frames, dtype)
        assert np.count_nonzero(expected.compared) > 0.9 * expected.compared.size
        assert expected.wrong_pixels(decompress(image)) == 0
