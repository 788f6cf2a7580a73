"""Archival storage: are the bytes safe and locked? Knows bytes, digests, versions and locks, nothing of evidence."""
