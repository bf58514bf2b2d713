"""Messages as CBOR over ZeroMQ; the only place that knows either."""
