"""Azimuthal integration (in the configuration file; on HTTP later)."""

from typing import Annotated

from pydantic import Field

from jfjoch.model.base import Float, Settings


class AzimIntSettings(Settings):
    """Range and corrections of the azimuthal integration, 1/Angstrom."""

    polarization_factor: Annotated[Float, Field(ge=-1.0, le=1.0)] | None = None
    solid_angle_corr: bool
    high_q_recipA: Float  # noqa: N815 (wire name)
    low_q_recipA: Float  # noqa: N815 (wire name)
    q_spacing: Float
