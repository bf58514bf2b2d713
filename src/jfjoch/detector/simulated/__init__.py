"""A JUNGFRAU in software: sensor, diffraction and read-out with known truth."""
