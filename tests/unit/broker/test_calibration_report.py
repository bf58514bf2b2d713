"""Means and counts of a calibration made by hand (B174)."""

from dataclasses import replace

import numpy as np
import pytest

from jfjoch.broker.calibration_report import calibration_statistics
from jfjoch.calibration.gains import GainMaps
from jfjoch.calibration.pedestals import Pedestals
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.experiment import Experiment
from jfjoch.model.image_format import DEFAULT_IMAGE_FORMAT
from jfjoch.model.instrument import DEFAULT_INSTRUMENT
from tests.helpers.pipeline_runs import detector_of

MODULES, CELLS = 2, 3


def experiment(**settings: object) -> Experiment:
    given = {"frame_time_us": 1000, "jungfrau_storage_cell_count": CELLS}
    return Experiment(
        detector_of(MODULES),
        DetectorSettings.model_validate(given | settings),
        DEFAULT_IMAGE_FORMAT,
        DEFAULT_INSTRUMENT,
    )


def pedestals() -> Pedestals:
    """Stage, cell and module can be read from every mean."""
    stage, cell, module = np.ogrid[:3, :CELLS, :MODULES]
    mean = np.empty((3, CELLS, MODULES, 512, 1024), np.float32)
    mean[:] = (1000 * (stage + 1) + 10 * cell + module)[..., None, None]
    return Pedestals(mean, np.full_like(mean, 3.0), "measured")


def test_an_entry_for_each_module_and_cell() -> None:
    entries = calibration_statistics(pedestals(), GainMaps.nominal(MODULES), experiment())
    assert [(e.module_number, e.storage_cell_number) for e in entries] == [
        (module, cell) for module in range(MODULES) for cell in range(CELLS)
    ]
    for entry in entries:
        offset = 10 * entry.storage_cell_number + entry.module_number
        assert entry.pedestal_g0_mean == 1000 + offset
        assert entry.pedestal_g1_mean == 2000 + offset
        assert entry.pedestal_g2_mean == 3000 + offset
        gains = (entry.gain_g0_mean, entry.gain_g1_mean, entry.gain_g2_mean)
        assert gains == pytest.approx((41.0, -1.439, -0.1145))
        assert entry.masked_pixels == 0


def test_bad_pixels_are_counted_and_left_out_of_the_mean() -> None:
    """In their module and cell only; edges of modules and chips are no fault of the calibration."""
    bad = pedestals()
    bad.mean_adu[0, 1, 0, 10, :4] = np.nan, 16384, 16383, 1010
    bad.rms_adu[0, 1, 0, 20, :2] = 101, 100
    entries = calibration_statistics(bad, GainMaps.nominal(MODULES), experiment())
    assert [entry.masked_pixels for entry in entries] == [0, 3, 0, 0, 0, 0]
    others = 512 * 1024 - 3
    assert entries[1].pedestal_g0_mean == pytest.approx((1010 * others + 16383) / (others + 1))


def test_a_stage_that_was_not_measured_is_0() -> None:
    """B090: there is no other number for nothing in the contract; it masks no pixel."""
    without = pedestals()
    without.mean_adu[2] = np.nan
    entries = calibration_statistics(without, GainMaps.nominal(MODULES), experiment())
    assert {entry.pedestal_g2_mean for entry in entries} == {0.0}
    assert {entry.masked_pixels for entry in entries} == {0}


def test_dead_pixels_and_high_gain() -> None:
    maps = np.ones((MODULES, 4, 512, 1024))
    maps[:, 3] = 200.0
    maps[1, 0, :256] = 0.0
    maps[1, 1] = np.nan
    gains = GainMaps(maps)
    low = calibration_statistics(pedestals(), gains, experiment())
    assert [low[CELLS].gain_g0_mean, low[CELLS].gain_g1_mean] == [1.0, 0.0]
    high = calibration_statistics(pedestals(), gains, experiment(jungfrau_use_gain_hg0=True))
    assert high[0].gain_g0_mean == 200.0


def test_the_generator_has_pedestal_0_of_its_settings() -> None:
    """B084: where no pedestal goes with them."""
    generator = experiment(internal_frame_generator=True)
    entries = calibration_statistics(Pedestals.zero(MODULES), GainMaps.nominal(MODULES), generator)
    assert len(entries) == MODULES * CELLS
    assert {entry.pedestal_g0_mean for entry in entries} == {0.0}
    loaded = replace(pedestals(), origin="loaded")
    entries = calibration_statistics(loaded, GainMaps.nominal(MODULES), generator)
    assert entries[0].pedestal_g0_mean == 1000


def test_an_eiger_has_none() -> None:
    assert calibration_statistics(Pedestals.zero(0), GainMaps.nominal(0), experiment()) == []
