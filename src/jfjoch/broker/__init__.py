"""The control server: states, operations, settings."""
