"""From raw frames to compressed images, one step a file."""
