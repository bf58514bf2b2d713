"""Which dark frames are taken."""

from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.receiver.pedestal_stages import PedestalStage, pedestal_stages


def settings(**changed: object) -> DetectorSettings:
    given = {
        "frame_time_us": 1000,
        "jungfrau_pedestal_g0_frames": 2000,
        "jungfrau_pedestal_g1_frames": 300,
        "jungfrau_pedestal_g2_frames": 200,
    }
    return DetectorSettings.model_validate(given | changed)


def test_all_stages() -> None:
    """B029, B090: G1 and G2 at 10 ms."""
    assert pedestal_stages(settings()) == [
        PedestalStage("dynamic", 2000, 0.001, range(1)),
        PedestalStage("forced_g1", 300, 0.01, range(1)),
        PedestalStage("forced_g2", 200, 0.01, range(1)),
    ]


def test_storage_cells_are_together_in_g0_alone() -> None:
    """B029, B092: frames are counted per storage cell."""
    stages = pedestal_stages(settings(jungfrau_storage_cell_count=2))
    assert stages == [
        PedestalStage("dynamic", 2000, 0.001, range(2)),
        PedestalStage("forced_g1", 300, 0.01, range(1)),
        PedestalStage("forced_g2", 200, 0.01, range(1)),
        PedestalStage("forced_g1", 300, 0.01, range(1, 2)),
        PedestalStage("forced_g2", 200, 0.01, range(1, 2)),
    ]
    assert [stage.frame_count for stage in stages] == [4000, 300, 200, 300, 200]


def test_fixed_gain() -> None:
    """B093: taken as the frames with light are."""
    fixed = {"jungfrau_fixed_gain_g1": True, "jungfrau_storage_cell_count": 4}
    assert pedestal_stages(settings(**fixed)) == [PedestalStage("fixed_g1", 300, 0.001, range(4))]


def test_stages_without_frames_are_skipped() -> None:
    """B090."""
    none = {"jungfrau_pedestal_g1_frames": 0, "jungfrau_pedestal_g2_frames": 0}
    assert [stage.gain for stage in pedestal_stages(settings(**none))] == ["dynamic"]
