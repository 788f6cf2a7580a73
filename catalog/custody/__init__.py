"""Custody that proves itself: events as leaves of a Merkle tree, what the tree was signed, stamped and locked away."""
