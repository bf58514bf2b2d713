"""The calibration in a few numbers (/statistics/calibration)."""

from jfjoch.model.base import WireModel


class CalibrationStatisticsInner(WireModel):
    """One module and storage cell: pedestals in ADU, gains in ADU/keV; 0 where unknown (B174)."""

    module_number: int
    storage_cell_number: int
    pedestal_g0_mean: float
    pedestal_g1_mean: float
    pedestal_g2_mean: float
    gain_g0_mean: float
    gain_g1_mean: float
    gain_g2_mean: float
    masked_pixels: int
