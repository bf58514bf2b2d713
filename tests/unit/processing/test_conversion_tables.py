"""Tables of the conversion."""

import numpy as np
import pytest
from numpy.typing import NDArray

from jfjoch.calibration.gains import GainMaps
from jfjoch.calibration.pedestals import Pedestals
from jfjoch.kernels.conversion import CellTables
from jfjoch.kernels.group_conversion import GROUP_PIXELS
from jfjoch.processing.conversion_tables import ConversionTables


def six_gain_maps() -> GainMaps:
    values = np.array([40.0, -1.4, -0.1, 80.0, -2.0, -0.2])[:, np.newaxis, np.newaxis]
    return GainMaps(np.broadcast_to(values, (1, 6, 512, 1024)).copy())


def reciprocals(cell: CellTables) -> NDArray[np.float32]:
    return cell.g0.reshape(-1, 2, GROUP_PIXELS)[:, 1]


def test_high_gain_takes_the_place_of_g0_only() -> None:
    tables = ConversionTables.build(Pedestals.zero(1), six_gain_maps(), 10.0, use_hg0=True)
    cell = tables.cells[0]
    np.testing.assert_allclose(reciprocals(cell), 1 / 800, rtol=1e-6)
    np.testing.assert_allclose(cell.high[0, 2:], [-14.0, -1.0])
    usual = ConversionTables.build(Pedestals.zero(1), six_gain_maps(), 10.0, use_hg0=False)
    np.testing.assert_allclose(reciprocals(usual.cells[0]), 1 / 400, rtol=1e-6)


def test_high_gain_needs_its_map() -> None:
    with pytest.raises(ValueError, match="has 3 maps"):
        ConversionTables.build(Pedestals.zero(1), GainMaps.nominal(1), 12.4, use_hg0=True)


def test_gains_and_pedestals_are_of_the_same_modules() -> None:
    with pytest.raises(ValueError, match="2 modules as of pedestals, got 1"):
        ConversionTables.build(Pedestals.zero(2), GainMaps.nominal(1), 12.4, use_hg0=False)


def test_storage_cells_share_what_does_not_depend_on_them() -> None:
    tables = ConversionTables.build(Pedestals.zero(1, 3), GainMaps.nominal(1), 12.4, False)
    first, *others = tables.cells
    assert len(others) == 2
    for cell in others:
        assert cell.dead is first.dead
