import pytest

from jfjoch.cli.client_url import client_of
from jfjoch.errors import InvalidInput


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("http://localhost:5232", "http://localhost:5232"),
        ("http://daq/", "http://daq:5232"),
        ("http://10.0.0.1:80", "http://10.0.0.1:80"),
        ("http://[::1]:7", "http://[::1]:7"),
    ],
)
def test_a_url_names_host_and_port(given: str, used: str) -> None:
    assert client_of(given).url == used


@pytest.mark.parametrize(
    "given",
    [
        "",
        "localhost",
        "localhost:5232",
        "https://localhost",
        "http://",
        "http://:5232",
        "http://localhost:port",
        "http://localhost:65536",
        "http://localhost/path",
        "http://localhost?query",
        "http://user@localhost",
        "http://a b",
        "http://[::1",
        f"http://{'a' * 70}",
        "http://\u202e",
    ],
)
def test_what_is_no_place_of_a_broker_is_refused(given: str) -> None:
    with pytest.raises(InvalidInput, match="expected http://HOST"):
        client_of(given)
