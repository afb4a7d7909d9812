"""How fast Pincite is, measured as ratios within one run. Not installed."""
