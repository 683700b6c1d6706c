"""A detector on the nodes: a small program that asks by ARP who owns the VIP, and says so."""
