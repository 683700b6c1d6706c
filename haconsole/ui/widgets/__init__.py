"""Widgets place ink; what stands in it is decided by presenters."""
