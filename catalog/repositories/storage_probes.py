"""Keeping what probing a store gave, and finding the latest result."""

from sqlmodel import Session, col, select

from catalog.tables import StorageProbe


def add(session: Session, probe: StorageProbe) -> None:
    session.add(probe)


def latest(session: Session, store: str) -> StorageProbe | None:
    """The latest run against this store, None if it never was probed."""
    return session.exec(
        select(StorageProbe)
        .where(StorageProbe.store == store)
        .order_by(col(StorageProbe.at).desc(), col(StorageProbe.id).desc())
        .limit(1)
    ).first()
