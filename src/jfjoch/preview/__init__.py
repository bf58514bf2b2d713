"""Images as TIFF."""
