"""Training of the shipped span reader and its confidence. Never imported by `qa`."""
