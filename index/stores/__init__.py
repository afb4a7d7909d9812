"""Vector stores: one protocol (`base`), a NumPy reference (`exact`), one file per engine."""
