"""Composition roots: the only places that wire parts together."""
