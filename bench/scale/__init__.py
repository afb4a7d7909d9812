"""From a thousand to a million passages: what building, opening, asking and syncing cost."""
