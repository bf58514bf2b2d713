"""Speed of the kernels, in copies of a 4M image of 16 bit: ``python -m benchmarks.kernels``."""
