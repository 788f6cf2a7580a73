"""Fixity: which versions are on record, who is reading which, what came out, and what replaced damaged ones."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, literal, or_, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from catalog.repositories.disposals import being_deleted
from catalog.repositories.inserting import insert_of
from catalog.tables import FixityCheck, FixityState, Recording, Replacement
from catalog.tables.fixity import FixityOutcome
from storage.model import Bucket, VersionReference

LEASE = timedelta(minutes=10)
DAMAGED = (FixityOutcome.DIFFERS, FixityOutcome.MISSING, FixityOutcome.UNREADABLE)


@dataclass(frozen=True, slots=True)
class Version:
    """A version on record, with what its bytes must be."""

    recording_id: UUID
    reference: VersionReference
    sha256: str
    size: int
    serves: bool


# --- which there are ------------------------------------------------------------------------------------------


def take_up(session: Session) -> None:
    """List every version on record, with its latest check if there is one; forget those disposed of."""
    gone = select(Recording.id).where(col(Recording.disposed_at).is_not(None))
    session.exec(delete(FixityState).where(col(FixityState.recording_id).in_(gone)))
    later = aliased(Replacement)
    for table, recording_id, stored_at, serves in (
        (
            Recording,
            col(Recording.id),
            col(Recording.secured_at),
            ~exists().where(col(Replacement.recording_id) == col(Recording.id)),
        ),
        (
            Replacement,
            col(Replacement.recording_id),
            col(Replacement.made_at),
            ~exists().where(
                col(later.recording_id) == col(Replacement.recording_id),
                or_(
                    col(later.made_at) > col(Replacement.made_at),
                    and_(col(later.made_at) == col(Replacement.made_at), col(later.id) > col(Replacement.id)),
                ),
            ),
        ),
    ):
        _list_all(session, table, recording_id, stored_at, serves)


def _list_all(session: Session, table: Any, recording_id: Any, stored_at: Any, serves: ColumnElement[bool]) -> None:
    of_version = and_(
        col(FixityCheck.recording_id) == recording_id, col(FixityCheck.object_version) == col(table.object_version)
    )
    newest = col(FixityCheck.at).desc()
    checked_at = select(FixityCheck.at).where(of_version).order_by(newest).limit(1).correlate(table).scalar_subquery()
    outcome = select(FixityCheck.outcome).where(of_version).order_by(newest).limit(1).correlate(table).scalar_subquery()
    listed = exists().where(
        col(FixityState.recording_id) == recording_id, col(FixityState.object_version) == col(table.object_version)
    )
    columns: Any = (
        recording_id,
        table.object_version,
        table.object_key,
        func.coalesce(checked_at, stored_at),
        outcome,
        serves,
    )
    query: Any = select(*columns).where(~listed)
    if table is Replacement:
        query = query.join(Recording, col(Recording.id) == recording_id)
    # In one order, so that no two who take up at once wait for each other; what another has listed meanwhile is listed.
    query = query.where(col(Recording.disposed_at).is_(None)).order_by(recording_id, table.object_version)
    names = ["recording_id", "object_version", "object_key", "waits_since", "outcome", "serves"]
    session.exec(insert_of(session)(FixityState).from_select(names, query).on_conflict_do_nothing())


# --- who reads which ------------------------------------------------------------------------------------------


def claim(
    session: Session,
    *,
    owner: str,
    now: datetime,
    before: datetime,
    at_most: int,
    of: Collection[UUID] | None = None,
) -> Sequence[Version]:
    """Become the one who reads the versions that wait since before a time, the longest waiting first.

    Those that another is at are left out; `of`: of these recordings alone. A lease that ends later than any was given
    for was written by a clock that was ahead.
    """
    lease = col(FixityState.lease_until)
    query = (
        select(FixityState, Recording.sha256, Recording.size)
        .join(Recording, col(Recording.id) == col(FixityState.recording_id))
        .where(
            col(FixityState.waits_since) < before,
            or_(lease.is_(None), lease < now, lease > now + 2 * LEASE),
            col(Recording.disposed_at).is_(None),
            ~being_deleted(col(FixityState.recording_id)),
        )
        .order_by(col(FixityState.waits_since), col(FixityState.recording_id))
        .limit(at_most)
        .with_for_update(of=FixityState, skip_locked=True)
    )
    if of is not None:
        query = query.where(col(FixityState.recording_id).in_(of))
    found = []
    for state, sha256, size in session.exec(query).all():
        state.owner, state.lease_until = owner, now + LEASE
        session.add(state)
        found.append(Version(state.recording_id, _reference(state), sha256, size, state.serves))
    return found


def keep(session: Session, *, owner: str, now: datetime) -> None:
    """Lengthen the leases of all that this owner reads."""
    session.exec(update(FixityState).where(col(FixityState.owner) == owner).values(lease_until=now + LEASE))


def let_go(session: Session, *, owner: str) -> None:
    """Leave to others what this owner has not read."""
    session.exec(update(FixityState).where(col(FixityState.owner) == owner).values(owner=None, lease_until=None))


def is_being_disposed_of(session: Session, recording_id: UUID) -> bool:
    """Whether its bytes are going, or gone, lawfully."""
    found = session.exec(
        select(Recording.id).where(
            col(Recording.id) == recording_id,
            or_(
                col(Recording.disposed_at).is_not(None),
                being_deleted(recording_id),
            ),
        )
    ).first()
    return found is not None


def others(session: Session, recording_id: UUID, *, at_most: int) -> Sequence[VersionReference]:
    """Versions of other recordings that the store gave when they were read last, the latest first; else any."""
    given = case((col(FixityState.outcome) == FixityOutcome.INTACT, 0), else_=1)
    states = session.exec(
        select(FixityState)
        .join(Recording, col(Recording.id) == col(FixityState.recording_id))
        .where(
            FixityState.recording_id != recording_id,
            col(FixityState.serves).is_(True),
            col(Recording.disposed_at).is_(None),
            or_(col(FixityState.outcome).is_(None), col(FixityState.outcome) == FixityOutcome.INTACT),
        )
        .order_by(given, col(FixityState.waits_since).desc())
        .limit(at_most)
    ).all()
    return [_reference(state) for state in states]


# --- what came out --------------------------------------------------------------------------------------------


def note(session: Session, check: FixityCheck, *, owner: str) -> bool:
    """Put a check on record; False, and nothing is, where the version is another's to read by now."""
    ours = session.exec(
        update(FixityState)
        .where(
            col(FixityState.recording_id) == check.recording_id,
            col(FixityState.object_version) == check.object_version,
            col(FixityState.owner) == owner,
        )
        .values(waits_since=check.at, outcome=check.outcome, owner=None, lease_until=None)
    )
    if ours.rowcount != 1:
        return False
    session.add(check)
    return True


def damaged(session: Session, *, at_most: int | None) -> Sequence[UUID]:
    """Recordings whose version that serves is not intact, the longest known first."""
    rows = session.exec(
        select(FixityState.recording_id)
        .join(Recording, col(Recording.id) == col(FixityState.recording_id))
        .where(*_is_damaged())
        .order_by(col(FixityState.waits_since))
        .limit(at_most)
    )
    return rows.all()


def _is_damaged() -> tuple[ColumnElement[bool], ...]:
    return (
        col(FixityState.serves).is_(True),
        col(FixityState.outcome).in_(DAMAGED),
        col(Recording.disposed_at).is_(None),
    )


def latest_check(session: Session, reference: VersionReference) -> FixityCheck | None:
    return session.exec(
        select(FixityCheck)
        .where(FixityCheck.object_key == reference.key, FixityCheck.object_version == reference.version_id)
        .order_by(col(FixityCheck.at).desc(), col(FixityCheck.id).desc())
        .limit(1)
    ).first()


def checks_of(session: Session, recording_id: UUID) -> Sequence[FixityCheck]:
    """All checks of one recording, oldest first."""
    return session.exec(
        select(FixityCheck)
        .where(FixityCheck.recording_id == recording_id)
        .order_by(col(FixityCheck.at), col(FixityCheck.id))
    ).all()


# --- what replaced damaged ones ---------------------------------------------------------------------------------


def replace(session: Session, replacement: Replacement, check: FixityCheck) -> None:
    """Let a version that was read back serve from now on."""
    session.exec(
        update(FixityState).where(col(FixityState.recording_id) == replacement.recording_id).values(serves=False)
    )
    session.add(replacement)
    session.add(check)
    session.add(
        FixityState(
            recording_id=replacement.recording_id,
            object_version=replacement.object_version,
            object_key=replacement.object_key,
            waits_since=check.at,
            outcome=check.outcome,
        )
    )


def for_repair(session: Session, recording_id: UUID) -> Recording | None:
    """The recording, for this transaction alone to change until it ends."""
    return session.exec(
        select(Recording)
        .where(Recording.id == recording_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


# --- how far it has come -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of `versions` on record, so many were read again within the window.

    `overdue`: neither read again nor stored within it. `damaged`: versions that serve and are not intact; `replaced`:
    damaged ones that serve no more. `oldest`: since when the longest waiting waits; None without any version.
    """

    versions: int
    checked: int
    never: int
    overdue: int
    due: int
    damaged: int
    replaced: int
    total_bytes: int
    due_bytes: int
    oldest: datetime | None


def coverage(session: Session, *, window_began: datetime, due_before: datetime) -> Coverage:
    """Count all versions on record, also those that nobody listed yet for reading."""
    versions, total_bytes = _on_record(session)
    read = col(FixityState.outcome).is_not(None)
    waits, damaged_now = col(FixityState.waits_since), col(FixityState.outcome).in_(DAMAGED)
    figures: Any = (
        _count(and_(read, waits >= window_began)),
        _count(waits < window_began),
        _count(waits < due_before),
        _count(and_(damaged_now, col(FixityState.serves).is_(True))),
        _count(and_(damaged_now, col(FixityState.serves).is_(False))),
        func.coalesce(func.sum(case((waits < due_before, Recording.size), else_=0)), 0),
        func.min(waits),
        _count(read),
    )
    row = session.exec(
        select(*figures)
        .select_from(FixityState)
        .join(Recording, col(Recording.id) == col(FixityState.recording_id))
        .where(col(Recording.disposed_at).is_(None))
    ).one()
    checked, overdue, due, damaged_count, replaced, due_bytes, oldest, ever = row
    return Coverage(
        versions=versions,
        checked=int(checked or 0),
        never=versions - int(ever or 0),
        overdue=int(overdue or 0),
        due=int(due or 0),
        damaged=int(damaged_count or 0),
        replaced=int(replaced or 0),
        total_bytes=total_bytes,
        due_bytes=int(due_bytes),
        oldest=oldest,
    )


def _on_record(session: Session) -> tuple[int, int]:
    size = func.coalesce(func.sum(Recording.size), 0)
    standing = col(Recording.disposed_at).is_(None)
    originals = session.exec(select(func.count(), size).select_from(Recording).where(standing)).one()
    replaced = session.exec(
        select(func.count(), size)
        .select_from(Replacement)
        .join(Recording, col(Recording.id) == col(Replacement.recording_id))
        .where(standing)
    ).one()
    return originals[0] + replaced[0], int(originals[1]) + int(replaced[1])


def _count(condition: ColumnElement[bool]) -> Any:
    return func.sum(case((condition, literal(1)), else_=literal(0)))


def bytes_read(session: Session, since: datetime) -> tuple[int, datetime | None]:
    """How many bytes were read again since then, and when the first of these checks ended."""
    size, first = session.exec(
        select(func.coalesce(func.sum(FixityCheck.bytes_read), 0), func.min(FixityCheck.at)).where(
            col(FixityCheck.at) >= since
        )
    ).one()
    return int(size), first


def _reference(state: FixityState) -> VersionReference:
    return VersionReference(Bucket.ORIGINALS, state.object_key, state.object_version)
