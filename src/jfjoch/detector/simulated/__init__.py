"""Detectors in software: diffraction, sensor and read-out with known truth."""
