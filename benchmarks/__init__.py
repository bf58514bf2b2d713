"""Speed, as ratios of figures measured in the same run."""
