"""Which module sends to which address and port."""

from collections.abc import Sequence
from dataclasses import dataclass

from jfjoch.errors import ConfigurationError
from jfjoch.model.detector import DetectorType

FIRST_PORT = 8192
PORTS_PER_RECEIVER = 64
PORT_STRIDE: dict[DetectorType, int] = {"JUNGFRAU": 2, "EIGER": 4}


@dataclass(frozen=True, slots=True)
class ModuleAddress:
    """Where the packets of one module go."""

    module: int
    """Of the detector."""
    receiver: int
    ipv4: str
    first_port: int


def module_addresses(
    detector_type: DetectorType, module_count: int, receivers: Sequence[str]
) -> list[ModuleAddress]:
    """Deal modules to receivers, in order; ``receivers`` are their addresses.

    Raises:
        ConfigurationError: no receiver, or more modules on one than it has ports for.
    """
    if not receivers:
        raise ConfigurationError(
            "a detector with hostname needs a receiver; add its local address to the "
            'configuration: "pcie": [{"blk": "udp0", "ipv4": "10.1.1.1"}]'
        )
    stride = PORT_STRIDE[detector_type]
    share = -(-module_count // len(receivers))
    most = PORTS_PER_RECEIVER // stride
    if share > most:
        raise ConfigurationError(
            f"{share} modules for each of {len(receivers)} receivers, but a receiver takes at "
            f"most {most} of detector type {detector_type}; add entries to pcie"
        )
    return [
        ModuleAddress(
            module=module,
            receiver=module // share,
            ipv4=receivers[module // share],
            first_port=FIRST_PORT
            + PORTS_PER_RECEIVER * (module // share)
            + stride * (module % share),
        )
        for module in range(module_count)
    ]
