"""What every HTTP service of this package needs: a server, and what it refuses."""
