"""A small, honest model of a Unix host in pure Python."""
