"""Pure presenters: a state and a time become lines of ink; no widget, no event loop."""
