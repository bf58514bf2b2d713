"""The runs of dark frames a pedestal is made of."""

from dataclasses import dataclass

from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.plan import GainStage

_FORCED_FRAME_TIME_S = 10e-3


@dataclass(frozen=True, slots=True)
class PedestalStage:
    """One run of the detector."""

    gain: GainStage
    frames_per_cell: int
    frame_time_s: float
    storage_cells: range
    """Those that are read in turn."""

    @property
    def frame_count(self) -> int:
        """Frames of all cells."""
        return self.frames_per_cell * len(self.storage_cells)


def pedestal_stages(settings: DetectorSettings) -> list[PedestalStage]:
    """Return the runs in their order; those with 0 frames are left out.

    As frames with light are taken: G0, or G1 where the gain is fixed, of all storage cells in
    turn and at their frame time. With forced switching: each storage cell by itself, slower.
    """
    frame_time_s = settings.frame_time_us * 1e-6
    cells = range(settings.jungfrau_storage_cell_count)
    g1, g2 = settings.jungfrau_pedestal_g1_frames, settings.jungfrau_pedestal_g2_frames
    if settings.jungfrau_fixed_gain_g1:
        stages = [PedestalStage("fixed_g1", g1, frame_time_s, cells)]
    else:
        g0 = settings.jungfrau_pedestal_g0_frames
        stages = [PedestalStage("dynamic", g0, frame_time_s, cells)]
        for cell in cells:
            only = cells[cell : cell + 1]
            stages.append(PedestalStage("forced_g1", g1, _FORCED_FRAME_TIME_S, only))
            stages.append(PedestalStage("forced_g2", g2, _FORCED_FRAME_TIME_S, only))
    return [stage for stage in stages if stage.frame_count > 0]
