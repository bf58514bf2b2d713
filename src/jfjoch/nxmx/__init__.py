"""NXmx files in HDF5."""
