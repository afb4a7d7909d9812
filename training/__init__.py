"""How the shipped span reader and its confidence were trained. Never imported by `qa`."""
