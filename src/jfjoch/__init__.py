"""Data acquisition and real-time analysis for X-ray pixel detectors, in Python."""

from importlib.metadata import version

__version__ = version("jfjoch")
