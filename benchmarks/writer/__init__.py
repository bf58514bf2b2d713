"""How fast the writer is."""
