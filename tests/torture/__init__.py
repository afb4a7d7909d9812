"""Break disks and processes under every operation on an index, for hours; `make torture`."""
