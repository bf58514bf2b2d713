"""The writing service: from a stream of messages to files."""
