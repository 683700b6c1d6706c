"""What was done and seen: the ledger of commands; recordings and reports build on it."""
