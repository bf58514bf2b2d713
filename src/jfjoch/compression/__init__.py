"""Codecs of image payloads."""
