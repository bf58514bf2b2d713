"""Addresses of the packets: whom they are for, and who says to have sent them."""

import ipaddress

from jfjoch.detector.network import interface_names, interface_of
from jfjoch.errors import ConfigurationError, DetectorError

_NO_MAC = "00:00:00:00:00:00"
_LOOPBACK_MAC = "02:00:00:00:00:01"
"""Loopback has none, and slsdet does not take zeros; nobody looks at it there."""


def interface_mac(ipv4: str) -> str:
    """Return the hardware address of the network interface of this machine with ``ipv4``.

    Raises:
        DetectorError: no interface has that address.
    """
    if ipaddress.ip_address(ipv4).is_loopback:
        return _LOOPBACK_MAC
    interface = interface_of(ipv4)
    if interface is None:
        raise DetectorError(
            f"no network interface of this machine has the address {ipv4}, where packets of the"
            f" detector shall go; there are {', '.join(sorted(interface_names()))}. Correct ipv4 in"
            " pcie, or set the address up, and initialize again"
        )
    return _LOOPBACK_MAC if interface.mac == _NO_MAC else interface.mac


def source_ipv4(base: str | None, destination: str, interface: int) -> str:
    """Return the address a detector interface, counted over all modules, sends from.

    base: of the first one; each further one is one higher. Not needed on loopback.

    Raises:
        ConfigurationError: none was given, or it is none.
    """
    if base is None:
        if not ipaddress.ip_address(destination).is_loopback:
            raise ConfigurationError(
                "a detector with hostname needs base_data_ipv4_address, the address its first"
                f" module sends from, in the same network as {destination}"
            )
        base = "127.0.0.1"
    try:
        return str(ipaddress.IPv4Address(base) + interface)
    except ValueError as error:
        raise ConfigurationError(
            f'base_data_ipv4_address must be an IPv4 address such as "10.1.1.100": {error}'
        ) from error


def source_mac(ipv4: str) -> str:
    """Return a hardware address for a detector interface: of private use, different for each."""
    return "02:00:" + ":".join(f"{byte:02x}" for byte in ipaddress.IPv4Address(ipv4).packed)
