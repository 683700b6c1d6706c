"""What lessons break, through the transport like everything, with its undo armed on the node."""
