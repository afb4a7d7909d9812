"""Comparison with other systems, each in its own environment."""
