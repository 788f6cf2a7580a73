"""Verifying: is everything still what it was put on record as? Each discrepancy has a name and a place."""
