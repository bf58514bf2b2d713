"""A run is converted with pedestals of its settings, or not started."""

import logging

import numpy as np
import pytest

from jfjoch.calibration.pedestals import Pedestals
from jfjoch.errors import OperationFailed
from jfjoch.kernels.counts import MODULE_SHAPE
from jfjoch.model.detector import Detector, StandardDetectorGeometry
from jfjoch.model.detector_settings import DEFAULT_DETECTOR_SETTINGS
from jfjoch.model.experiment import Experiment
from jfjoch.model.image_format import DEFAULT_IMAGE_FORMAT
from jfjoch.model.instrument import DEFAULT_INSTRUMENT
from jfjoch.receiver.pedestals_in_use import pedestals_in_use

NO_PEDESTAL = Pedestals.zero(1)
ZEROS = np.zeros((3, 1, 1, *MODULE_SHAPE), np.float32)
MEASURED = Pedestals(ZEROS, ZEROS, "measured", settings=DEFAULT_DETECTOR_SETTINGS)
LOADED = Pedestals(ZEROS, ZEROS, "loaded")
CELLS = {"jungfrau_storage_cell_count": 4}
GENERATOR = {"internal_frame_generator": True}


def experiment(conversion: bool = True, **settings: object) -> Experiment:
    return Experiment(
        Detector(
            description="d",
            serial_number="s",
            standard_geometry=StandardDetectorGeometry(nmodules=1),
        ),
        DEFAULT_DETECTOR_SETTINGS.model_copy(update=settings),
        DEFAULT_IMAGE_FORMAT.model_copy(update={"jungfrau_conversion": conversion}),
        DEFAULT_INSTRUMENT,
    )


def test_those_that_fit() -> None:
    assert pedestals_in_use(MEASURED, experiment()) is MEASURED
    assert pedestals_in_use(LOADED, experiment(**GENERATOR)) is LOADED


def test_those_of_other_settings_are_refused() -> None:
    """B080: after a pedestal for new settings was cancelled."""
    with pytest.raises(OperationFailed, match=r"pedestal is for .*count 1, .* say 4.* POST /ped"):
        pedestals_in_use(MEASURED, experiment(**CELLS))
    with pytest.raises(OperationFailed, match=r"the pedestal is not measured.* POST /pedestal"):
        pedestals_in_use(NO_PEDESTAL, experiment())


def test_raw_data_need_none() -> None:
    assert pedestals_in_use(NO_PEDESTAL, experiment(conversion=False)) is NO_PEDESTAL
    assert pedestals_in_use(MEASURED, experiment(conversion=False, **CELLS)) is MEASURED


def test_generator_works_without(caplog: pytest.LogCaptureFixture) -> None:
    """B084: pedestal 0, and a warning where one was there but does not fit."""
    without = pedestals_in_use(NO_PEDESTAL, experiment(**GENERATOR, **CELLS))
    assert (without.origin, without.storage_cell_count) == ("none", 4)
    assert caplog.text == ""
    with caplog.at_level(logging.WARNING):
        instead = pedestals_in_use(MEASURED, experiment(**GENERATOR, **CELLS))
    assert (instead.origin, instead.storage_cell_count) == ("none", 4)
    assert not instead.mean_adu.any()
    assert "pedestal 0 is used: the present pedestal is for jungfrau_storage_cell_count 1" in (
        caplog.text
    )


def test_fixed_gain_uses_g1_alone() -> None:
    """B093: also where a file has more."""
    used = pedestals_in_use(LOADED, experiment(jungfrau_fixed_gain_g1=True))
    assert np.isnan(used.mean_adu[[0, 2]]).all()
    assert not used.mean_adu[1].any()
