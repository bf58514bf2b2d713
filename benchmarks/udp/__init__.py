"""How fast packets are received."""
