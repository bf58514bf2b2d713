"""The simulator of the demonstration over UDP, and what it says it has sent."""

import json
from pathlib import Path

from jfjoch.cli.demo_directory import DemoDirectory
from jfjoch.cli.service_process import ServiceProcess

_READY = "ready; hostname"


class DemoSimulator:
    """``jfjoch_simulator`` as a child process."""

    def __init__(self, configuration: Path, directory: DemoDirectory, control_port: int) -> None:
        self._report = directory.run / "simulator.json"
        self.process = ServiceProcess(
            "jfjoch.cli.simulator",
            [
                str(configuration),
                *("--control-port", str(control_port)),
                *("--report", str(self._report)),
            ],
            directory.run / "simulator.log",
            directory.root,
        )

    @property
    def is_ready(self) -> bool:
        """Whether it can be controlled."""
        log = self.process.log
        return log.exists() and _READY in log.read_text(encoding="utf-8", errors="replace")

    def packets_sent(self) -> int | None:
        """Return how many packets of frames with light were sent; None until they all were."""
        report = json.loads(self._report.read_text(encoding="utf-8"))
        with_light = [each for each in report["acquisitions"] if not each["dark"]]
        return int(with_light[-1]["packets_sent"]) if with_light else None
