"""The causes, one a file."""
