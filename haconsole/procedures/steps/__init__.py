"""Makers of steps: a file in its place, a service in its state, a look at what came of it."""
