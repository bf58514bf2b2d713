"""Settings and statuses with their wire names, and the plan of an acquisition."""
