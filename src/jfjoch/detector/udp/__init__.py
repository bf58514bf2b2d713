"""Frames from UDP packets, as real detectors send them."""
