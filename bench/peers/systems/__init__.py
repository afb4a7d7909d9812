"""One module per system: `index` writes texts to a folder, `opened` loads them for searching."""
