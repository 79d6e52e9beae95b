"""The ledger: which control numbers were given out, and which interchanges were sent."""
