"""Keeping what probing a store gave, and finding the latest result."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from catalog.tables import StorageProbe

_CLOCK_SLACK = timedelta(minutes=5)


def add(session: Session, probe: StorageProbe) -> None:
    session.add(probe)


def latest(session: Session, store: str, *, now: datetime) -> StorageProbe | None:
    """The latest run against this store, None if it never was probed.

    One that `is_ahead` must not hide all that come after it, so it is given only where there is no other. Of two of
    one moment it is the one that broke something.
    """
    return session.exec(
        select(StorageProbe)
        .where(StorageProbe.store == store)
        .order_by(
            col(StorageProbe.at) > now + _CLOCK_SLACK,
            col(StorageProbe.at).desc(),
            col(StorageProbe.immutable),
            col(StorageProbe.id).desc(),
        )
        .limit(1)
    ).first()


def is_ahead(probe: StorageProbe, *, now: datetime) -> bool:
    """Whether it was taken with a clock that was ahead: when it really was, nobody knows."""
    return probe.at > now + _CLOCK_SLACK


def latest_of_each(session: Session, *, now: datetime) -> Sequence[StorageProbe]:
    """The `latest` of every store that ever was probed."""
    stores = session.exec(select(StorageProbe.store).distinct().order_by(StorageProbe.store)).all()
    return [found for store in stores if (found := latest(session, store, now=now)) is not None]
