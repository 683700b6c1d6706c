"""What things are and what they mean: pure values and functions, no I/O, no clock of its own."""
