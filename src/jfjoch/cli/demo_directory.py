"""Where the demonstration keeps its files; nothing in it is ever replaced."""

import itertools
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from jfjoch.calibration.gain_file import save_gain_map
from jfjoch.calibration.gains import NOMINAL_GAINS_ADU_PER_KEV
from jfjoch.errors import ConfigurationError
from jfjoch.kernels.counts import MODULE_SHAPE
from jfjoch.model.configuration import JfjochSettings

GAIN_SPREAD = 0.03
"""Relative standard deviation of the gains over the pixels of a module."""


class DemoDirectory:
    """One folder per run, and what the runs share: gain files and the broker's state.

    ::

        gain_maps/M000.bin ...      gains of the simulated modules
        state/                      the broker's: run number, calibration
        run_0001/                   configuration and logs of the first run, its HDF5 files
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.state = self.root / "state"
        self.run = self._new_run()

    @property
    def file_prefix(self) -> str:
        """Prefix of the run's files, relative to the root."""
        return f"{self.run.name}/lysozyme"

    @property
    def master_file(self) -> Path:
        """Where the writer puts the master file."""
        return self.root / f"{self.file_prefix}_master.h5"

    def write_configuration(
        self, example: Path, image_address: str, hostnames: Sequence[str] = ()
    ) -> Path:
        """Copy the example configuration; fill in gain files and the address of the images.

        hostnames: of a detector that is not inside the broker.

        Raises ConfigurationError when the example can't be read.
        """
        try:
            content = json.loads(example.read_text(encoding="utf-8"))
            settings = JfjochSettings.model_validate(content)
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"{example}: {error}") from error
        gain_files = [self._gain_file(m) for m in range(settings.detector[0].module_count)]
        content["detector"][0]["calibration_file"] = [str(path) for path in gain_files]
        content["zeromq"]["image_socket"] = [image_address]
        if hostnames:
            content["detector"][0]["hostname"] = list(hostnames)
        path = self.run / "broker.json"
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        return path

    def _new_run(self) -> Path:
        self.root.mkdir(parents=True, exist_ok=True)
        for number in itertools.count(1):
            path = self.root / f"run_{number:04d}"
            try:
                path.mkdir()
            except FileExistsError:
                continue
            return path
        raise AssertionError("itertools.count does not end")

    def _gain_file(self, module: int) -> Path:
        """Return the module's gain file; made the first time, the same on every machine."""
        path = self.root / "gain_maps" / f"M{module:03d}.bin"
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            random = np.random.default_rng(module)
            spread = 1.0 + GAIN_SPREAD * random.standard_normal((3, *MODULE_SHAPE))
            gains = spread * np.array(NOMINAL_GAINS_ADU_PER_KEV)[:, None, None]
            unfinished = path.with_suffix(".partial")
            save_gain_map(unfinished, gains)
            unfinished.rename(path)
        return path
