"""What the tutorial has one do on a node, right and wrong, as plans like any other change."""
