"""Which locks in the store end before the decision on them does: of recordings, and of all else that is locked.

What is asked here is a superset, told by what the catalog remembers; `retention/locks.py` decides on each, by what the
store itself says of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, delete, func, or_
from sqlmodel import Session, col, select

from catalog.repositories import disposals, recordings
from catalog.tables import Disposal, DisposalItem, LockListing, Recording, RetentionDecision, StoredLock
from catalog.tables.disposals import DisposalItemState, DisposalState
from catalog.tables.retention import RetentionOutcome
from storage.model import Bucket, VersionReference


@dataclass(frozen=True, slots=True)
class Terms:
    """`soon`: what ends before then is lengthened. `within_reach`: decisions that end before then are met at once.

    `lapsing`: so long before and after its end, a lock that is to lapse by the decision put down is looked at too.
    """

    now: datetime
    soon: datetime
    within_reach: datetime
    lapsing: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class EndingLock:
    """A version whose lock may have to be lengthened, with the decision on its recording; None: nothing is decided.

    `serves`: whether the recording itself remembers this lock. `lapsing`: it is here only because it is to lapse.
    """

    recording_id: UUID | None
    reference: VersionReference
    ends_at: datetime | None
    outcome: RetentionOutcome | None
    until: datetime | None
    recoverable_until: datetime | None
    serves: bool = True
    lapsing: bool = False


# --- of recordings --------------------------------------------------------------------------------------------

_ENDS: Any = col(Recording.locked_until)
_OUTCOME = col(RetentionDecision.outcome)
_UNTIL = col(RetentionDecision.expires_at)
_STAYS = disposals.stays()
"""What is gone, or going, lawfully is not locked any longer."""


def _recoverable() -> Any:
    """Until when a disposal that the recording is on can be taken back; NULL where it is on none."""
    return (
        select(func.max(Disposal.recoverable_until))
        .join(DisposalItem, col(DisposalItem.disposal_id) == col(Disposal.id))
        .where(
            col(DisposalItem.recording_id) == col(Recording.id),
            col(DisposalItem.state) == DisposalItemState.LISTED,
            col(Disposal.state).in_((DisposalState.APPROVED, DisposalState.EXECUTING)),
        )
        .correlate(Recording)
        .scalar_subquery()
    )


def _ends_too_soon(limit: datetime) -> ColumnElement[bool]:
    """Whether a lock is unknown or ends before `limit`, and before the decision does."""
    goes_on = or_(_OUTCOME.is_(None), _OUTCOME.not_in((RetentionOutcome.EXPIRED, RetentionOutcome.KEPT)))
    kept_for_longer = and_(_OUTCOME == RetentionOutcome.KEPT, or_(_ENDS.is_(None), _UNTIL > _ENDS))
    return and_(or_(_ENDS.is_(None), limit > _ENDS), or_(goes_on, kept_for_longer))


def _due(terms: Terms) -> ColumnElement[bool]:
    recoverable = _recoverable()
    met_at_once = and_(
        _OUTCOME.in_((RetentionOutcome.KEPT, RetentionOutcome.BLOCKED)),
        _UNTIL > _ENDS,
        terms.now < _UNTIL,
        terms.within_reach >= _UNTIL,
    )
    can_be_taken_back = and_(recoverable > terms.now, or_(_ENDS.is_(None), recoverable > _ENDS))
    return or_(_ends_too_soon(terms.soon), met_at_once, can_be_taken_back)


def _lapses(terms: Terms) -> ColumnElement[bool]:
    """Whether a lock is near its end, and is to end there by the decision that was put down."""
    near = and_(terms.now - terms.lapsing < _ENDS, terms.now + terms.lapsing > _ENDS)
    ends_with_it = and_(_OUTCOME == RetentionOutcome.KEPT, _UNTIL <= _ENDS)
    return and_(near, or_(_OUTCOME == RetentionOutcome.EXPIRED, ends_with_it))


def due(session: Session, terms: Terms, *, after: EndingLock | None, at_most: int) -> Sequence[EndingLock]:
    """The next recordings whose lock is due, or near its end, by its end; unknown ones first."""
    columns: Any = (
        Recording.id,
        Recording.object_key,
        Recording.object_version,
        _ENDS,
        _OUTCOME,
        _UNTIL,
        _recoverable(),
        case((_due(terms), 0), else_=1),
    )
    query: Any = (
        select(*columns)
        .select_from(Recording)
        .outerjoin(RetentionDecision, col(RetentionDecision.recording_id) == col(Recording.id))
        .where(_STAYS, or_(_due(terms), _lapses(terms)))
        .order_by(_ENDS.is_not(None), _ENDS, col(Recording.id))
        .limit(at_most)
    )
    if after is not None and after.recording_id is not None:
        next_id = col(Recording.id) > after.recording_id
        if after.ends_at is None:
            query = query.where(or_(and_(_ENDS.is_(None), next_id), _ENDS.is_not(None)))
        else:
            query = query.where(or_(after.ends_at < _ENDS, and_(after.ends_at == _ENDS, next_id)))
    rows = session.exec(query).all()
    serving = recordings.serving_of(session, [row[0] for row in rows])
    return [
        EndingLock(
            recording_id,
            serving.get(recording_id) or VersionReference(Bucket.ORIGINALS, key, version),
            ends_at,
            outcome,
            until,
            recoverable,
            lapsing=bool(lapsing),
        )
        for recording_id, key, version, ends_at, outcome, until, recoverable, lapsing in rows
    ]


@dataclass(frozen=True, slots=True)
class Standing:
    """Of `recordings` on record and `others`, so many end before `limit` and should not; `soonest` of all these."""

    recordings: int
    others: int
    ending: int
    soonest: datetime | None


def standing(session: Session, limit: datetime) -> Standing:
    """Count, and find the soonest end of a lock that should not end then."""
    far = _ends_too_soon(datetime.max.replace(tzinfo=limit.tzinfo))
    figures: Any = (
        func.count(),
        func.coalesce(func.sum(case((_ends_too_soon(limit), 1), else_=0)), 0),
        func.min(case((far, _ENDS))),
    )
    of_recordings = session.exec(
        select(*figures)
        .select_from(Recording)
        .outerjoin(RetentionDecision, col(RetentionDecision.recording_id) == col(Recording.id))
        .where(_STAYS)
    ).one()
    ends = col(StoredLock.ends_at)
    for_ever = col(StoredLock.recording_id).is_(None)
    others: Any = (
        func.count(),
        func.coalesce(func.sum(case((and_(for_ever, ends < limit), 1), else_=0)), 0),
        func.min(case((for_ever, ends))),
    )
    of_others = session.exec(select(*others).select_from(StoredLock)).one()
    soonest = [each for each in (of_recordings[2], of_others[2]) if each is not None]
    return Standing(
        recordings=of_recordings[0],
        others=of_others[0],
        ending=int(of_recordings[1]) + int(of_others[1]),
        soonest=min(soonest, default=None),
    )


# --- of all else ----------------------------------------------------------------------------------------------


def others_due(
    session: Session, soon: datetime, *, after: VersionReference | None, at_most: int
) -> Sequence[EndingLock]:
    """The next versions that are locked and no recording's own, whose lock ends soon or is not known."""
    columns: Any = (StoredLock, _OUTCOME, _UNTIL, _recoverable())
    place: Any = (StoredLock.bucket, StoredLock.object_key, StoredLock.object_version)
    query: Any = (
        select(*columns)
        .select_from(StoredLock)
        .outerjoin(Recording, col(Recording.id) == col(StoredLock.recording_id))
        .outerjoin(RetentionDecision, col(RetentionDecision.recording_id) == col(StoredLock.recording_id))
        .where(
            or_(col(StoredLock.ends_at).is_(None), col(StoredLock.ends_at) < soon),
            or_(col(StoredLock.recording_id).is_(None), _STAYS),
        )
        .order_by(*place)
        .limit(at_most)
    )
    if after is not None:
        bucket, key, version = (col(each) for each in place)
        same_bucket = bucket == after.bucket.value
        same_key = and_(same_bucket, key == after.key)
        query = query.where(
            or_(
                bucket > after.bucket.value,
                and_(same_bucket, key > after.key),
                and_(same_key, version > after.version_id),
            )
        )
    return [
        EndingLock(
            row.recording_id,
            VersionReference(Bucket(row.bucket), row.object_key, row.object_version),
            row.ends_at,
            outcome,
            until,
            recoverable,
            serves=False,
        )
        for row, outcome, until, recoverable in session.exec(query).all()
    ]


def remember(
    session: Session, reference: VersionReference, ends_at: datetime | None, recording_id: UUID | None = None
) -> None:
    """Keep when the lock of a version ends, as the store says it."""
    row = _row(session, reference)
    if row is None:
        row = StoredLock(
            bucket=reference.bucket.value,
            object_key=reference.key,
            object_version=reference.version_id,
            recording_id=recording_id,
        )
    row.ends_at = ends_at
    session.add(row)


def forget(session: Session, reference: VersionReference) -> None:
    row = _row(session, reference)
    if row is not None:
        session.delete(row)


def _row(session: Session, reference: VersionReference) -> StoredLock | None:
    return session.get(StoredLock, (reference.bucket.value, reference.key, reference.version_id))


def take_up(session: Session, listed: Iterable[VersionReference]) -> int:
    """Remember versions that were listed and are not known yet; returns how many."""
    by_key: dict[tuple[str, str], set[str]] = {}
    for each in listed:
        by_key.setdefault((each.bucket.value, each.key), set()).add(each.version_id)
    found = 0
    for (bucket, key), versions in by_key.items():
        known = _versions(session, bucket, key)
        for version in sorted(versions - known):
            session.add(StoredLock(bucket=bucket, object_key=key, object_version=version))
            found += 1
    return found


def keep_newest(session: Session, newest: Iterable[VersionReference]) -> None:
    """Of each key, forget all versions but this one: what it replaced may lapse."""
    for each in newest:
        session.exec(
            delete(StoredLock).where(
                col(StoredLock.bucket) == each.bucket.value,
                col(StoredLock.object_key) == each.key,
                col(StoredLock.object_version) != each.version_id,
            )
        )


def _versions(session: Session, bucket: str, key: str) -> set[str]:
    rows = select(StoredLock.object_version).where(col(StoredLock.bucket) == bucket, col(StoredLock.object_key) == key)
    return set(session.exec(rows).all())


def listing(session: Session, bucket: Bucket, *, now: datetime) -> LockListing:
    """How far the listing of a bucket has come; a first turn begins now."""
    found = session.get(LockListing, bucket.value)
    if found is None:
        found = LockListing(bucket=bucket.value, began_at=now)
        session.add(found)
    return found
