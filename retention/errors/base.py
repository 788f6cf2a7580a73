"""Base of all errors of this package."""


class RetentionError(Exception):
    """Base of all errors of this package: one sentence a person can act on, and whether trying again can help."""

    retryable = False
