"""One file a system: `index` texts into a folder, and `opened` from it, to search."""
