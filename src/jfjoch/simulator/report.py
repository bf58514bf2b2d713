"""The report: what was sent, and what was injected, as JSON."""

import json
import os
import tempfile
from dataclasses import asdict
from errno import EEXIST
from pathlib import Path
from typing import Any

from jfjoch.model.detector import Detector
from jfjoch.simulator.fates import FATES
from jfjoch.simulator.faults import Faults
from jfjoch.simulator.injected import KINDS, InjectedFaults
from jfjoch.simulator.record import AcquisitionRecord, Outcome

_CORRUPTIONS = ("truncated", "wrong_type", "wrong_number")


class ReportFile:
    """Replaced as a whole at the end of every acquisition; implements ``AcquisitionListener``."""

    def __init__(self, path: Path, detector: Detector, faults: Faults, seed: int) -> None:
        self._path = path
        self._content: dict[str, Any] = {
            "detector": {
                "description": detector.description,
                "serial_number": detector.serial_number,
                "type": detector.type,
                "modules": detector.module_count,
            },
            "seed": seed,
            "faults": asdict(faults),
            "acquisitions": [],
        }

    def begin(self, record: AcquisitionRecord) -> None:
        """Nothing is known yet."""

    def end(self, record: AcquisitionRecord, outcome: Outcome) -> None:
        """Add an acquisition."""
        self._content["acquisitions"].append(_acquisition(record, outcome))
        self.write()

    def write(self) -> None:
        """Replace the file; OSError when it can't be written."""
        text = json.dumps(self._content, indent=1)
        if self._path.exists() and not self._path.is_file():
            raise FileExistsError(
                EEXIST, "a file is expected, this is another thing", str(self._path)
            )
        descriptor, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).replace(self._path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise


def _acquisition(record: AcquisitionRecord, outcome: Outcome) -> dict[str, Any]:
    plan, layout = record.plan, record.table.layout
    return {
        "number": record.number,
        "dark": plan.dark,
        "gain_stage": plan.gain_stage,
        "storage_cells": plan.storage_cell_count,
        "bits": 8 * layout.pixel_bytes,
        "first_frame_number": record.acquisition.first_frame_number,
        "frames_planned": plan.frame_count,
        "frames_sent": outcome.frames_sent,
        "frames_late": outcome.frames_late,
        "error": outcome.error,
        "packets_per_module": layout.packets_per_module,
        "packets_due": outcome.frames_sent * record.table.place_count,
        "packets_sent": outcome.packets_sent,
        "injected": _totals(record.injected),
        "by_frame_and_module": {
            "columns": ["frame", "module", *KINDS],
            "rows": [[row.frame, row.module, *row.counts] for row in record.injected.rows()],
        },
    }


def _totals(injected: InjectedFaults) -> dict[str, int]:
    """Also in groups: ``corrupted``, and ``missing`` of which no good packet was sent."""
    totals = injected.totals()
    return totals | {
        "corrupted": sum(totals[kind] for kind in _CORRUPTIONS),
        "missing": sum(totals[kind] for kind in FATES),
    }
