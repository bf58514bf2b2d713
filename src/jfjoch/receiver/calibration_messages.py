"""The calibration in use, as it is sent along with a run."""

from jfjoch.calibration.pedestals import Pedestals
from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.model.plan import RunIdentity


def calibration_messages(run: RunIdentity, pedestals: Pedestals) -> list[CalibrationMessage]:
    """One message per stage and kind: ``pedestal_g0`` ... ``pedestal_rms_g2``, stacked modules.

    With storage cells the names end in ``_sc0``, ``_sc1``, ...
    """
    stages, cells = pedestals.mean_adu.shape[:2]
    kinds = (("pedestal", pedestals.mean_adu), ("pedestal_rms", pedestals.rms_adu))
    return [
        CalibrationMessage(
            run_number=run.number,
            run_name=run.name,
            name=f"{kind}_g{stage}" + (f"_sc{cell}" if cells > 1 else ""),
            values=values[stage, cell].reshape(-1, values.shape[-1]),
        )
        for kind, values in kinds
        for cell in range(cells)
        for stage in range(stages)
    ]
