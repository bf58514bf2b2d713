"""Addresses of packets."""

import re

import pytest

from jfjoch.detector.sls.network import interface_mac, source_ipv4, source_mac
from jfjoch.errors import ConfigurationError, DetectorError

_MAC = re.compile("([0-9a-f]{2}:){5}[0-9a-f]{2}")


def test_loopback_gets_a_mac_that_is_not_zero() -> None:
    """Zeros are what slsdet takes for "not set"."""
    mac = interface_mac("127.0.0.1")
    assert _MAC.fullmatch(mac)
    assert mac != "00:00:00:00:00:00"


def test_address_nobody_has() -> None:
    with pytest.raises(DetectorError, match=r"203\.0\.113\.7.*there are .*127\.0\.0\.1"):
        interface_mac("203.0.113.7")


def test_sources_count_up() -> None:
    assert source_ipv4("10.1.1.254", "10.1.1.1", 3) == "10.1.2.1"
    assert source_ipv4(None, "127.0.0.1", 3) == "127.0.0.4"
    with pytest.raises(ConfigurationError, match="base_data_ipv4_address"):
        source_ipv4(None, "10.1.1.1", 0)


def test_sources_have_macs_of_private_use_of_their_own() -> None:
    macs = {source_mac(f"10.1.{high}.{low}") for high in range(2) for low in range(256)}
    assert len(macs) == 512
    assert all(_MAC.fullmatch(mac) and mac.startswith("02:") for mac in macs)
