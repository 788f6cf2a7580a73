"""The clock that a store goes by unless it is given another: it, not the caller, decides whether a lock is over."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)
