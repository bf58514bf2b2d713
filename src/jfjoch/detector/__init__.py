"""Detectors and other places frames come from."""
