"""What travels from broker to writer: start, images, calibration, end. SI units, frozen."""
