"""Vector stores: one protocol (`base`), one file per engine, and which is used when (`choice`)."""
