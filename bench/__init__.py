"""Benchmarks of speed and retrieval; see README.md. Not installed."""
