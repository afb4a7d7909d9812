"""The `pincite` command, one file a command; the only code that parses arguments or prints."""
