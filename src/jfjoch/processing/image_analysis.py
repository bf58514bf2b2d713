"""What is looked for in every image: azimuthal profile, regions of interest, spots, lattice."""

import logging
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.errors import InvalidInput
from jfjoch.geometry.modules import ModuleLayout
from jfjoch.geometry.unit_cell import known_lattice
from jfjoch.kernels.counts import Image
from jfjoch.kernels.spot_finding import SpotModules
from jfjoch.messages.analysis import ImageAnalysis, IndexingResult, SpotList
from jfjoch.messages.start import BeamGeometry, SampleInfo, UnitCell
from jfjoch.model.experiment import Experiment
from jfjoch.model.plan import PixelPlan
from jfjoch.model.spot_finding import SpotFindingSettings
from jfjoch.processing.azimuthal import AzimuthalIntegration
from jfjoch.processing.azimuthal_bins import AzimuthalBins
from jfjoch.processing.indexing import Indexing
from jfjoch.processing.regions import RegionMap
from jfjoch.processing.roi import RegionsOfInterest
from jfjoch.processing.spot_finding import SpotFinding, spot_modules

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Diffraction:
    """What an assembled image is compared with; made once per run, for all workers."""

    bins: AzimuthalBins
    modules: SpotModules
    geometry: BeamGeometry
    cell: UnitCell | None
    """None: nothing to index with."""
    space_group_number: int


@dataclass(frozen=True, slots=True, eq=False)
class AnalysisTables:
    """What the workers of a run share; they only read it."""

    layout: ModuleLayout
    regions: RegionMap
    diffraction: Diffraction | None
    """None for stacked modules, whose pixels are not in their place."""

    @property
    def can_index(self) -> bool:
        """Whether a lattice can be looked for."""
        return self.diffraction is not None and self.diffraction.cell is not None

    @classmethod
    def build(
        cls,
        layout: ModuleLayout,
        mask: NDArray[np.uint32],
        experiment: Experiment,
        geometry: BeamGeometry,
        sample: SampleInfo,
    ) -> "AnalysisTables":
        """Prepare for images of that layout; ``mask`` is [height, width]."""
        regions = RegionMap.build(layout, mask, experiment.roi)
        if not layout.assembled:
            return cls(layout, regions, None)
        bins = AzimuthalBins.build(layout, mask, geometry, experiment.azim_int)
        modules, cell = spot_modules(layout, mask), _usable_cell(sample)
        found = Diffraction(bins, modules, geometry, cell, sample.space_group_number)
        return cls(layout, regions, found)


class ImageAnalyser:
    """One worker's analysis: it owns its memory and is used for one image after another."""

    def __init__(self, tables: AnalysisTables, plan: PixelPlan) -> None:
        """Reserve all memory."""
        self.multipixels = tables.regions.multipixels
        """Raw pixels whose undivided counts are needed."""
        self._regions = RegionsOfInterest(tables.regions, plan) if tables.regions.names else None
        self._azimuthal: AzimuthalIntegration | None = None
        self._spots: SpotFinding | None = None
        self._indexing: Indexing | None = None
        if tables.diffraction is not None:
            found = tables.diffraction
            self._azimuthal = AzimuthalIntegration(found.bins, plan)
            self._spots = SpotFinding(tables.layout, found.modules, plan, found.geometry)
            self._indexing = _indexing(found)

    @property
    def indexes(self) -> bool:
        """Whether lattices are looked for where the settings ask for it: the cell is known."""
        return self._indexing is not None

    def apply(
        self, image: Image, multipixels: NDArray[np.int32], settings: SpotFindingSettings
    ) -> ImageAnalysis:
        """Look at a flat image as it is before the mask is applied and anything lossy is done.

        ``multipixels``: the counts of ``self.multipixels``.
        """
        rois = () if self._regions is None else self._regions.apply(image, multipixels)
        if self._azimuthal is None or self._spots is None:
            return ImageAnalysis(rois=rois)
        azimuthal, found = self._azimuthal.apply(image), self._spots.apply(image, settings)
        spots, indexing = self._indexed(found.spots, settings)
        return ImageAnalysis(
            profile=azimuthal.profile,
            bkg_estimate=azimuthal.bkg_estimate,
            rois=rois,
            spots=spots,
            spot_count=found.spot_count,
            strong_pixel_count=found.strong_pixel_count,
            indexing=indexing,
        )

    def _indexed(
        self, spots: SpotList, settings: SpotFindingSettings
    ) -> tuple[SpotList, IndexingResult | None]:
        if self._indexing is None or not (settings.enable and settings.indexing):
            return spots, None
        found = self._indexing.apply(spots, settings.indexing_tolerance)
        return found.spots, found.result


def _indexing(diffraction: Diffraction) -> Indexing | None:
    if diffraction.cell is None:
        return None
    return Indexing(diffraction.cell, diffraction.space_group_number, diffraction.geometry)


def _usable_cell(sample: SampleInfo) -> UnitCell | None:
    """Return the cell, if it is one: zeros are sent by users who don't know it."""
    if sample.unit_cell is None:
        return None
    try:
        known_lattice(sample.unit_cell, sample.space_group_number)
    except InvalidInput as error:
        _logger.warning("no image of this run will be indexed: %s", error)
        return None
    return sample.unit_cell
