"""Benchmark of query rewriting: `python -m bench.followups`."""
