"""LZ4 blocks, byte by byte, with all that the format demands of an encoder."""

LAST_LITERALS = 5
LAST_MATCH_START = 12


def decode(block: bytes) -> bytes:
    """Return the content; fails where an encoder broke a rule of the format."""
    content = bytearray()
    position = 0
    match_starts = []
    while True:
        token = block[position]
        count, position = _length(token >> 4, block, position + 1)
        assert position + count <= len(block), "literals behind the end"
        content += block[position : position + count]
        position += count
        if position == len(block):
            break
        offset = int.from_bytes(block[position : position + 2], "little")
        assert 1 <= offset <= len(content), f"offset {offset} at {len(content)}"
        length, position = _length(token & 15, block, position + 2)
        match_starts.append(len(content))
        for _ in range(length + 4):
            content.append(content[-offset])
    assert not match_starts or count >= LAST_LITERALS
    assert not match_starts or match_starts[-1] <= len(content) - LAST_MATCH_START
    return bytes(content)


def _length(half_token: int, block: bytes, position: int) -> tuple[int, int]:
    length = half_token
    if half_token == 15:
        while (more := block[position]) == 255:
            length += 255
            position += 1
        length += more
        position += 1
    return length, position
