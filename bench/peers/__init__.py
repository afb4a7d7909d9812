"""Benchmark beside other systems, each in its own environment."""
