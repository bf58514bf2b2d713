"""Codecs of image payloads."""

import os

# Threads of the bitshuffle library would fight with our workers for the cores; it reads this
# once, when it is loaded.
os.environ.setdefault("OMP_NUM_THREADS", "1")
