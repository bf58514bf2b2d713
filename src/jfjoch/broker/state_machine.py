"""States and commands as a table."""
