"""Keeping what probing a store gave, and finding the latest result."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from catalog.tables import StorageProbe
from storage.probe import TrialOutcome, awaited

_CLOCK_SLACK = timedelta(minutes=5)


def add(session: Session, probe: StorageProbe) -> None:
    """Put it on record as the latest of its store; two that are at it at once get the same number."""
    last = session.exec(select(func.max(StorageProbe.number)).where(StorageProbe.store == probe.store)).one()
    probe.number = (last or 0) + 1
    session.add(probe)


def latest(session: Session, store: str) -> StorageProbe | None:
    """The run against this store that was put on record last, None if it never was probed.

    Clocks do not decide: one that was ahead or behind must neither hide a run that broke something nor keep one
    alive. Of two put on record at once, by the same number, it is the one that broke something. Those of versions that
    numbered none go by their times.
    """
    return session.exec(
        select(StorageProbe)
        .where(StorageProbe.store == store)
        .order_by(
            col(StorageProbe.number).is_(None),
            col(StorageProbe.number).desc(),
            case((col(StorageProbe.number).is_not(None), col(StorageProbe.immutable))),
            col(StorageProbe.at).desc(),
            col(StorageProbe.immutable),
            col(StorageProbe.id).desc(),
        )
        .limit(1)
    ).first()


def is_ahead(probe: StorageProbe, *, now: datetime) -> bool:
    """Whether it was taken with a clock that was ahead: when it really was, nobody knows."""
    return probe.at > now + _CLOCK_SLACK


def unclear_until(probe: StorageProbe) -> datetime | None:
    """By when it is to be known whether the store is immutable; None unless it only has to be waited for."""
    failing = (each for each in probe.trials if each["weighs"] and each["outcome"] != TrialOutcome.REFUSED)
    return awaited(
        (each["outcome"], datetime.fromisoformat(each["until"]) if each.get("until") else None) for each in failing
    )


def latest_of_each(session: Session) -> Sequence[StorageProbe]:
    """The `latest` of every store that ever was probed."""
    stores = session.exec(select(StorageProbe.store).distinct().order_by(StorageProbe.store)).all()
    return [found for store in stores if (found := latest(session, store)) is not None]
