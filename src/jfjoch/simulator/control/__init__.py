"""Answers the control protocol of detector servers (10.0) for a simulated detector."""
