"""Frames per image, per trigger and per run, by source and storage cells."""

import pytest

from jfjoch.errors import InvalidInput
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.detector import Detector, StandardDetectorGeometry
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.experiment import Experiment
from jfjoch.model.image_format import DEFAULT_IMAGE_FORMAT
from jfjoch.model.instrument import DEFAULT_INSTRUMENT
from jfjoch.receiver.frame_counts import FrameCounts, frame_counts

XFEL = DEFAULT_INSTRUMENT.model_copy(update={"pulsed_source": True})


def counted(
    instrument: object = DEFAULT_INSTRUMENT,
    cells: int = 1,
    detector_type: str = "JUNGFRAU",
    image_format: dict[str, object] | None = None,
    **dataset: object,
) -> FrameCounts:
    given = {
        "beam_x_pxl": 500.0,
        "beam_y_pxl": 500.0,
        "detector_distance_mm": 150.0,
        "incident_energy_keV": 12.4,
    }
    experiment = Experiment(
        detector=Detector.model_validate(
            {
                "description": "d",
                "serial_number": "s",
                "type": detector_type,
                "standard_geometry": StandardDetectorGeometry(nmodules=1),
            }
        ),
        detector_settings=DetectorSettings(frame_time_us=1000, jungfrau_storage_cell_count=cells),
        image_format=DEFAULT_IMAGE_FORMAT.model_copy(update=image_format or {}),
        instrument=instrument,  # type: ignore[arg-type]  # always InstrumentMetadata
    )
    return frame_counts(experiment, DatasetSettings.model_validate(given | dataset))


def test_synchrotron() -> None:
    """B035, B037."""
    counts = counted(images_per_trigger=10, ntrigger=3, image_time_us=4000)
    assert counts == FrameCounts(per_image=4, per_trigger=40, total=120)


@pytest.mark.parametrize("cells", [2, 4, 16])
def test_storage_cells(cells: int) -> None:
    """B035, B041: one image per cell; images_per_trigger and image_time_us are ignored."""
    counts = counted(cells=cells, images_per_trigger=7, ntrigger=3, image_time_us=1234)
    assert counts == FrameCounts(per_image=1, per_trigger=cells, total=3 * cells)


def test_storage_cells_of_a_pulsed_source() -> None:
    """B035: every cell sees the pulse; still no sums."""
    counts = counted(XFEL, cells=4, images_per_trigger=7, ntrigger=6, image_time_us=2000)
    assert counts == FrameCounts(per_image=1, per_trigger=4, total=24)


def test_an_eiger_has_no_storage_cells() -> None:
    counts = counted(cells=4, detector_type="EIGER", images_per_trigger=7)
    assert counts == FrameCounts(per_image=1, per_trigger=7, total=7)


def test_pulsed_source() -> None:
    """B035: images_per_trigger is ignored and 1."""
    counts = counted(XFEL, images_per_trigger=7, ntrigger=20)
    assert counts == FrameCounts(per_image=1, per_trigger=1, total=20)


def test_pulsed_source_sums_over_triggers() -> None:
    """B040."""
    counts = counted(XFEL, ntrigger=20, image_time_us=4000)
    assert counts == FrameCounts(per_image=4, per_trigger=1, total=20)
    without = counted(XFEL, image_format={"summation": False}, ntrigger=18, image_time_us=4000)
    assert without == FrameCounts(per_image=1, per_trigger=1, total=18)


def test_pulses_left_over_by_sums_are_refused() -> None:
    """B040: frames of triggers that make no whole image would be lost in silence."""
    with pytest.raises(InvalidInput, match=r"ntrigger must be a multiple of 4; got 18"):
        counted(XFEL, ntrigger=18, image_time_us=4000)


def test_too_many_frames_for_one_run() -> None:
    with pytest.raises(InvalidInput, match="at most 2147483647"):
        counted(cells=16, ntrigger=2**28)
