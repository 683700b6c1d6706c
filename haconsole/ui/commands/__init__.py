"""Commands: one class an action, which is its key, palette row, help row and key-bar entry."""
