"""An embedded cluster: SSH servers on loopback with simulated hosts."""
