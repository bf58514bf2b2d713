"""What detectors send: header, sizes, ports. Known to receiver and simulator alike."""
