"""Retrievers for other frameworks, each in its own module and extra."""
