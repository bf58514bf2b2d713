"""Network interfaces of this machine."""

import array
import fcntl
import socket
import struct
from dataclasses import dataclass
from pathlib import Path

_SIOCGIFCONF = 0x8912
_MOST_ADDRESSES = 1024
_RECORD_BYTES = 40
"""struct ifreq of 64-bit Linux: name 16, family 2, port 2, IPv4 address 4, padding."""


@dataclass(frozen=True, slots=True)
class NetworkInterface:
    """A network card, or loopback."""

    name: str

    @property
    def mac(self) -> str:
        """Hardware address, zeros for loopback."""
        return self._property("address")

    @property
    def is_up(self) -> bool:
        """Whether it has a link."""
        return self._property("carrier") == "1"

    def _property(self, name: str) -> str:
        try:
            return Path("/sys/class/net", self.name, name).read_text("ascii").strip()
        except OSError:  # the system has none to tell, as of a card that is switched off
            return ""


def interface_of(ipv4: str) -> NetworkInterface | None:
    """Return the interface that has this address; None: no one has."""
    name = interface_names().get(ipv4)
    return None if name is None else NetworkInterface(name)


def interface_names() -> dict[str, str]:
    """Return the name of the interface of every IPv4 address of this machine."""
    records = array.array("B", bytes(_MOST_ADDRESSES * _RECORD_BYTES))
    place, size = records.buffer_info()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        answer = fcntl.ioctl(asked, _SIOCGIFCONF, struct.pack("iL", size, place))
    filled = records.tobytes()[: struct.unpack("iL", answer)[0]]
    found = {}
    for start in range(0, len(filled), _RECORD_BYTES):
        name = filled[start : start + 16].split(b"\0")[0].decode("ascii").partition(":")[0]
        found[socket.inet_ntoa(filled[start + 20 : start + 24])] = name
    return found
