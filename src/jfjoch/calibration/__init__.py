"""Gain files, pedestals, and where they are kept."""
