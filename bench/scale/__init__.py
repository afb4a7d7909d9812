"""Benchmark of indexes from a thousand to a million passages."""
