"""Zstandard frames of raw and run-length blocks (RFC 8878, 3.1.1)."""


def decode(frame: bytes) -> bytes:
    """Return the content; fails on anything but a single segment of such blocks."""
    assert frame[:4] == b"\x28\xb5\x2f\xfd", "magic number"
    descriptor = frame[4]
    size_bytes = {0x20: 1, 0x60: 2}[descriptor]
    size = int.from_bytes(frame[5 : 5 + size_bytes], "little") + (256 if size_bytes == 2 else 0)
    content = bytearray()
    position, last = 5 + size_bytes, False
    while not last:
        header = int.from_bytes(frame[position : position + 3], "little")
        last, kind, block_size = bool(header & 1), header >> 1 & 3, header >> 3
        assert kind in (0, 1), f"block of kind {kind}"
        stored = block_size if kind == 0 else 1
        piece = frame[position + 3 : position + 3 + stored]
        content += piece if kind == 0 else piece * block_size
        position += 3 + stored
    assert (position, len(content)) == (len(frame), size)
    return bytes(content)
