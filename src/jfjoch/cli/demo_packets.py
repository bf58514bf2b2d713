"""The packets of the demonstration's run, as both ends count them."""

import json
from dataclasses import dataclass

from jfjoch.cli.demo_services import DemoServices


@dataclass(frozen=True, slots=True)
class PacketsOfRun:
    """Packets of all modules."""

    sent: int
    """By the simulator's report."""
    received: int
    """Of those, by the broker's count; the others were lost on the way."""

    @property
    def some_lost(self) -> bool:
        """Whether not all arrived."""
        return self.received < self.sent


def packets_of_run(services: DemoServices) -> PacketsOfRun | None:
    """Wait for the simulator's count and return it beside the broker's; None without a simulator.

    Raises what ``DemoServices.pause`` does.
    """
    if services.simulator is None:
        return None
    while (sent := services.simulator.packets_sent()) is None:
        services.pause()
    receivers = json.loads(services.client.get("/fpga_status"))
    return PacketsOfRun(sent, sum(receiver["packets_sls"] for receiver in receivers))
