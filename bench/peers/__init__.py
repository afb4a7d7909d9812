"""Pincite beside other systems, each in an environment of its own."""
