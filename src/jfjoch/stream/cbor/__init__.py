"""Messages as CBOR (RFC 8949), compatible with DECTRIS Stream V2.

One message is one CBOR map with text keys, ``type`` first. cbor2 writes the small keys; a
payload is spliced in behind them. Reading is done by ``reader`` without copying the payload.
"""
