"""What the analysis of the images of a run comes to."""

import math
from dataclasses import dataclass, replace

from jfjoch.messages.analysis import NO_ANALYSIS, ImageAnalysis, IndexingResult
from jfjoch.messages.start import UnitCell

_NO_CELL = UnitCell(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class AnalysisSums:
    """A snapshot; each image that has a value counts, and no other."""

    images_tried: int = 0
    """Images whose lattice was looked for."""
    images_indexed: int = 0
    cell_sum: UnitCell = _NO_CELL
    cell_count: int = 0
    bkg_sum: float = 0.0
    bkg_count: int = 0

    def with_image(self, analysis: ImageAnalysis) -> "AnalysisSums":
        """Return the sums with one more image."""
        if analysis is NO_ANALYSIS:
            return self
        return self._with_bkg(analysis.bkg_estimate)._with_indexing(analysis.indexing)

    @property
    def indexing_rate(self) -> float | None:
        """Indexed images / images tried; None when none was."""
        return self.images_indexed / self.images_tried if self.images_tried else None

    @property
    def bkg_estimate(self) -> float | None:
        """Mean over the images; None when none has one."""
        return self.bkg_sum / self.bkg_count if self.bkg_count else None

    @property
    def mean_cell(self) -> UnitCell | None:
        """Mean over the indexed images, each length and angle on its own; None without any.

        An image only counts as indexed if its cell is near the one that was given, so that no
        single one can spoil the mean.
        """
        return _times(self.cell_sum, 1 / self.cell_count) if self.cell_count else None

    def _with_bkg(self, estimate: float | None) -> "AnalysisSums":
        if estimate is None or not math.isfinite(estimate):
            return self
        return replace(self, bkg_sum=self.bkg_sum + estimate, bkg_count=self.bkg_count + 1)

    def _with_indexing(self, indexing: IndexingResult | None) -> "AnalysisSums":
        if indexing is None:
            return self
        tried = replace(self, images_tried=self.images_tried + 1)
        return tried._with_cell(indexing.unit_cell) if indexing.indexed else tried

    def _with_cell(self, cell: UnitCell | None) -> "AnalysisSums":
        indexed = replace(self, images_indexed=self.images_indexed + 1)
        if cell is None:
            return indexed
        return replace(indexed, cell_sum=_plus(self.cell_sum, cell), cell_count=self.cell_count + 1)


def _plus(one: UnitCell, other: UnitCell) -> UnitCell:
    return UnitCell(
        one.a + other.a,
        one.b + other.b,
        one.c + other.c,
        one.alpha + other.alpha,
        one.beta + other.beta,
        one.gamma + other.gamma,
    )


def _times(cell: UnitCell, factor: float) -> UnitCell:
    return UnitCell(
        cell.a * factor,
        cell.b * factor,
        cell.c * factor,
        cell.alpha * factor,
        cell.beta * factor,
        cell.gamma * factor,
    )
