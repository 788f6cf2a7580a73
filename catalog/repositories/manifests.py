"""What was written into the store of the catalog, and what is still to be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, func
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select

from catalog.tables import CustodyEvent, ManifestChange, ManifestPage
from catalog.tables.custody import CustodyAction
from catalog.types import made_at
from storage.model import Bucket, VersionReference

_AT_ONCE = 500


def owed_anew(session: Session) -> datetime | None:
    """When all manifests came to be owed at once, last: by an upgrade that took over what was there, or a rebuild."""
    of_all = (CustodyAction.TAKEN_OVER, CustodyAction.REBUILT)
    return session.exec(select(func.max(CustodyEvent.at)).where(col(CustodyEvent.action).in_(of_all))).one()


@dataclass(frozen=True, slots=True)
class WrittenManifest:
    reference: VersionReference
    sha256: str


def last_written(session: Session, recording_id: UUID) -> WrittenManifest | None:
    """The manifest of a recording that the custody log tells of last; None where it tells of none."""
    told = session.exec(
        select(CustodyEvent.details)
        .where(CustodyEvent.subject_id == recording_id, CustodyEvent.action == CustodyAction.MANIFESTED)
        .order_by(col(CustodyEvent.at).desc(), col(CustodyEvent.id).desc())
        .limit(1)
    ).first()
    if told is None:
        return None
    return WrittenManifest(VersionReference(Bucket.MANIFESTS, told["key"], told["version"]), told["sha256"])


@dataclass(frozen=True, slots=True)
class Change:
    """A row that was touched since its page was written."""

    id: UUID
    row_id: UUID


def changes(session: Session, noun: str, *, limit: int) -> Sequence[Change]:
    rows = session.exec(
        select(ManifestChange.id, ManifestChange.row_id)
        .where(ManifestChange.noun == noun)
        .order_by(col(ManifestChange.id))
        .limit(limit)
    ).all()
    return [Change(*row) for row in rows]


def drop_changes(session: Session, change_ids: Sequence[UUID]) -> None:
    """These were written."""
    for start in range(0, len(change_ids), _AT_ONCE):
        portion = change_ids[start : start + _AT_ONCE]
        session.exec(delete(ManifestChange).where(col(ManifestChange.id).in_(portion)))


def pages_of(session: Session, noun: str) -> Sequence[ManifestPage]:
    """The pages of a table as they were written last, in the order of what they hold."""
    found = session.exec(select(ManifestPage).where(ManifestPage.noun == noun)).all()
    return sorted(found, key=lambda page: page.first_id or UUID(int=0))


def keep_page(session: Session, page: ManifestPage) -> None:
    """Keep what was written last of this page."""
    standing = session.exec(
        select(ManifestPage).where(ManifestPage.noun == page.noun, ManifestPage.page == page.page)
    ).one_or_none()
    if standing is None:
        session.add(page)
        return
    for name in ("first_id", "rows", "sha256", "object_key", "object_version", "written_at"):
        setattr(standing, name, getattr(page, name))
    session.add(standing)


def rows_between(
    session: Session, table: Table, first: UUID | None, before: UUID | None, *, of_recordings: bool, limit: int
) -> Sequence[dict[str, Any]]:
    """The first rows of a table with ids from `first` on and below `before`.

    Of a table that may speak of recordings only those are taken that speak of none.
    """
    query = select_rows(table).order_by(table.c.id).limit(limit)
    if first is not None:
        query = query.where(table.c.id >= first)
    if before is not None:
        query = query.where(table.c.id < before)
    if of_recordings:
        query = query.where(table.c.recording_id.is_(None))
    found = session.connection().execute(query).mappings()
    return [{str(name): value for name, value in row.items()} for row in found]


def changes_behind(session: Session) -> int:
    """How many changes of rows are not yet written into a page."""
    return session.exec(select(func.count()).select_from(ManifestChange)).one()


def oldest_change(session: Session) -> datetime | None:
    """Since when the first of these changes waits; None when none does."""
    first = session.exec(select(ManifestChange.id).order_by(col(ManifestChange.id)).limit(1)).first()
    return None if first is None else made_at(first)


def look_again(session: Session, noun: str, row_id: UUID) -> None:
    """Have the page of this row looked at once more."""
    session.add(ManifestChange(noun=noun, row_id=row_id))
