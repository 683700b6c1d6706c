"""A terminal inside the console: bytes of a node → cells; keys → bytes."""
