"""The command `pincite`. No other package parses arguments or prints."""
