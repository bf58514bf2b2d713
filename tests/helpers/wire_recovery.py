"""Broker and writer of a detector on the wire, and what is expected of them after a failure."""

import re
from typing import Any

import numpy as np

from tests.helpers.configurations import dataset
from tests.helpers.saved_run import saved_images
from tests.helpers.simulated_wire import Receiving, Simulator

LONG_RUN = 100_000
RAW_FORMAT: dict[str, Any] = {
    "summation": False,
    "geometry_transform": False,
    "jungfrau_conversion": False,
    "mask_module_edges": False,
    "mask_chip_edges": False,
    "apply_mask": False,
}
"""So that images are frames as they were sent."""


class Side(Receiving):
    """A broker and a writer, and what is expected of them."""

    @property
    def message(self) -> str:
        return str(self.client.status()["message"])

    def start_long_run(self, prefix: str) -> None:
        self.client.start(dataset(prefix, LONG_RUN))
        self.client.wait_for_images(15)

    def assert_needs_initialize(self, told: str) -> None:
        status = self.client.status()
        assert (status["state"], status["message_severity"]) == ("Error", "error"), status
        assert re.search(told, status["message"]), status["message"]

    def assert_run_is_right(self, simulator: Simulator, prefix: str, initialize: bool) -> None:
        """Every pixel of every frame, from nothing but packets of this run."""
        if initialize:
            self.client.initialize()
        run = self.measure(simulator, prefix, 5)
        assert run.statistics["collection_efficiency"] == 1
        images = saved_images(run.master)
        assert len(images) == 5
        for number, image in enumerate(images):
            np.testing.assert_array_equal(image, run.sent.raw(number).reshape(image.shape))
        (receiver,) = self.client.get("/fpga_status").json()
        assert receiver["packets_udp"] == receiver["packets_sls"] == 5 * 256
