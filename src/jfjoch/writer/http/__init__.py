"""The writer seen over HTTP."""
