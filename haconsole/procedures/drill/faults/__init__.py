"""The faults of drills: one scenario a file, each what is done on one node, and its undo."""
