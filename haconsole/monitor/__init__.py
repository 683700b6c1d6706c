"""Watches hosts over a transport and emits events."""
