"""The whole path as its users run it: broker and writer as processes, a simulated detector."""
