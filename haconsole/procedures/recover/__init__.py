"""The way back to one owner: split brain, ghost, no owner, stale ARP, mismatch, maintenance."""
