"""What an address means on another machine."""

import pytest

from jfjoch.errors import ConfigurationError
from jfjoch.stream.addresses import reachable_address
from jfjoch.stream.pull import ZmqImageSource
from jfjoch.stream.report_push import ZmqReportSink


@pytest.mark.parametrize(
    ("bound", "stream", "reachable"),
    [
        ("tcp://0.0.0.0:5500", "tcp://dcu:5400", "tcp://dcu:5500"),
        ("tcp://*:5500", "tcp://10.0.0.1:5400", "tcp://10.0.0.1:5500"),
        ("tcp://[::]:5500", "tcp://[fe80::1]:5400", "tcp://[fe80::1]:5500"),
        ("tcp://0.0.0.0:5500", "tcp://eth0:0;dcu:5400", "tcp://dcu:5500"),
        ("tcp://0.0.0.0:5500", "ipc:///run/images", "tcp://127.0.0.1:5500"),
        ("tcp://10.0.0.2:5500", "tcp://dcu:5400", "tcp://10.0.0.2:5500"),
        ("ipc:///run/reports", "tcp://dcu:5400", "ipc:///run/reports"),
    ],
)
def test_a_host_that_means_all_interfaces_is_replaced(
    bound: str, stream: str, reachable: str
) -> None:
    assert reachable_address(bound, stream) == reachable


@pytest.mark.parametrize("kind", [ZmqImageSource, ZmqReportSink])
@pytest.mark.parametrize("address", ["", "nonsense", "tcp://host", "udp://a:1"])
def test_an_address_that_is_none_is_refused_by_name(
    kind: type[ZmqImageSource] | type[ZmqReportSink], address: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"address {address} can't be used"):
        kind(address)
