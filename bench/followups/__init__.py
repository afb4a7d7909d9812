"""How well follow-up questions become stand-alone ones: `python -m bench.followups`."""
