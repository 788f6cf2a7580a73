"""What the catalog says of the originals in the store: content, versions, and until when each was to be locked."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from catalog.repositories import recordings
from catalog.tables import CaseLink, CustodyEvent, Hold, HoldSubject, Job, Receipt, Recording
from catalog.tables.cases import LinkState
from catalog.tables.custody import CustodyAction
from catalog.tables.jobs import JobKind, JobState
from storage.model import Bucket, VersionReference


@dataclass(frozen=True, slots=True)
class PromisedLock:
    """A lock that something on record says was read from the store for this version; `mode` None: it does not say."""

    version: VersionReference
    until: datetime
    mode: str | None
    said_by: str


@dataclass(frozen=True, slots=True)
class Promise:
    """What is on record of one recording. `versions`: all that serve or served, the one that serves last.

    `holds` names the holds that cover it; `hold_due` tells that the store is still to be told of a change of them.
    """

    recording_id: UUID
    sha256: str
    sm3: str | None
    size: int
    disposed: bool
    versions: Sequence[VersionReference]
    locks: Sequence[PromisedLock]
    holds: Sequence[str]
    hold_due: bool

    @property
    def serving(self) -> VersionReference:
        return self.versions[-1]


def ids(session: Session, *, after: UUID | None, limit: int, since: datetime | None = None) -> Sequence[UUID]:
    """The next recordings by id, after the given one; those secured since a time."""
    query = select(Recording.id).order_by(col(Recording.id)).limit(limit)
    if after is not None:
        query = query.where(col(Recording.id) > after)
    if since is not None:
        query = query.where(col(Recording.secured_at) >= since)
    return session.exec(query).all()


def of(session: Session, recording_ids: Sequence[UUID]) -> Sequence[Promise]:
    """What is on record of these, as far as they are there. Raises what reading one that was tampered with raises."""
    rows = session.exec(select(Recording).where(col(Recording.id).in_(recording_ids)).order_by(col(Recording.id))).all()
    receipts, extended = _receipts(session, recording_ids), _extended(session, recording_ids)
    holds, due = _holds(session, recording_ids), _told_yet(session, recording_ids)
    replaced = recordings.replacements_of(session, recording_ids)
    return [
        Promise(
            row.id,
            row.sha256,
            row.sm3,
            row.size,
            row.disposed_at is not None,
            versions := [
                recordings.original(row),
                *replaced.get(row.id, ()),
            ],
            [*receipts.get(row.id, ()), *_of_serving(row, versions[-1], extended.get(row.id, ()))],
            holds.get(row.id, ()),
            row.id in due,
        )
        for row in rows
    ]


def _of_serving(
    row: Recording, serving: VersionReference, extended: Sequence[tuple[datetime, str | None]]
) -> list[PromisedLock]:
    """What is said of the lock of the recording, whichever version served then: the one that serves now is to have it.

    Each lengthening is on record for the version that served at that time, and the next one took over its lock.
    """
    said = [PromisedLock(serving, until, mode, "event") for until, mode in extended]
    if row.locked_until is not None:
        said.append(PromisedLock(serving, row.locked_until, None, "recording"))
    return said


def _receipts(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[PromisedLock]]:
    found: dict[UUID, list[PromisedLock]] = defaultdict(list)
    for row in session.exec(select(Receipt).where(col(Receipt.recording_id).in_(ids))):
        reference = VersionReference(Bucket.ORIGINALS, row.object_key, row.object_version)
        found[row.recording_id].append(PromisedLock(reference, row.locked_until, row.lock_mode, "receipt"))
    return found


def _extended(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[tuple[datetime, str | None]]]:
    found: dict[UUID, list[tuple[datetime, str | None]]] = defaultdict(list)
    events = select(CustodyEvent).where(
        col(CustodyEvent.subject_id).in_(ids), CustodyEvent.action == CustodyAction.LOCK_EXTENDED
    )
    for event in session.exec(events):
        until = _moment(event.details.get("until"))
        if event.subject_id is not None and until is not None:
            found[event.subject_id].append((until, event.details.get("mode")))
    return found


def _moment(told: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(told))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _holds(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[str]]:
    """The numbers of the holds that cover each: on itself, or on a case that it is linked to."""
    found: dict[UUID, list[str]] = defaultdict(list)
    standing = (col(Hold.id) == col(HoldSubject.hold_id)) & col(Hold.released_at).is_(None)
    on_itself = select(HoldSubject.recording_id, Hold.number).join(Hold, standing)
    for recording_id, number in session.exec(on_itself.where(col(HoldSubject.recording_id).in_(ids))):
        if recording_id is not None:
            found[recording_id].append(number)
    on_its_case = (
        select(CaseLink.recording_id, Hold.number)
        .join(HoldSubject, col(HoldSubject.case_id) == col(CaseLink.case_id))
        .join(Hold, standing)
        .where(col(CaseLink.recording_id).in_(ids), CaseLink.state == LinkState.CONFIRMED)
    )
    for recording_id, number in session.exec(on_its_case):
        found[recording_id].append(number)
    return found


def _told_yet(session: Session, ids: Sequence[UUID]) -> frozenset[UUID]:
    """Of which the store is still to be told. A job that failed tells nobody any more: it excuses nothing."""
    unfinished = (JobState.WAITING, JobState.RUNNING)
    query = select(Job.recording_id).where(
        col(Job.recording_id).in_(ids), Job.kind == JobKind.HOLD, col(Job.state).in_(unfinished)
    )
    return frozenset(session.exec(query).all())
