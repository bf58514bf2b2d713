"""Speed of the kernels, in copies of a 4M image of 16 bit: ``python -m benchmarks.kernels``."""

import os

# The bitshuffle library, a peer here, reads this once, when it is loaded: one core each.
os.environ.setdefault("OMP_NUM_THREADS", "1")
