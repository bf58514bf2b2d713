"""A detector in software that answers control and sends packets, as real ones do."""
