"""What the catalog says lies in the store: which versions it knows, a page at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_
from sqlalchemy.orm import load_only
from sqlmodel import Session, col, select

from catalog.repositories import recordings
from catalog.tables import ContentClaim, Derivative, Job, Receipt, Recording, Replacement, RetentionDecision
from catalog.tables.jobs import JobKind, JobState
from catalog.tables.retention import RetentionOutcome
from storage.model import LockMode

KeyAndVersion = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Holding:
    """One recording as the catalog says it lies in the store, in the version that serves; size in bytes.

    `is_compliant` where a receipt tells that nobody could shorten the lock of this version. `may_lapse` where its time
    is over and nothing blocks: its lock is not lengthened any more.
    """

    recording_id: UUID
    key: str
    version: str
    size: int
    locked_until: datetime | None
    is_compliant: bool = False
    may_lapse: bool = False


def page(session: Session, *, after: UUID | None, limit: int) -> Sequence[Holding]:
    """The next recordings by id, after the given one; what was disposed of, or is going, lies nowhere."""
    columns: Any = (Recording.object_key, Recording.object_version, Recording.size, Recording.locked_until)
    staying = col(Recording.leaving_since).is_(None)
    query = select(Recording).where(staying).options(load_only(*columns)).order_by(col(Recording.id))
    if after is not None:
        query = query.where(col(Recording.id) > after)
    rows = session.exec(query.limit(limit)).all()
    ids = [row.id for row in rows]
    compliant, replaced = _compliant_among(session, ids), recordings.serving_of(session, ids)
    expired = _expired_among(session, ids)
    found = []
    for row in rows:
        serving = replaced.get(row.id) or recordings.original(row)
        is_compliant = (row.id, serving.version_id) in compliant
        found.append(
            Holding(
                row.id,
                serving.key,
                serving.version_id,
                row.size,
                row.locked_until,
                is_compliant,
                may_lapse=row.id in expired,
            )
        )
    return found


def span(session: Session) -> tuple[UUID, UUID] | None:
    """The ids of the oldest and of the newest recording, None if there is none."""
    ids, by_id = select(Recording.id), col(Recording.id)
    oldest = session.exec(ids.order_by(by_id).limit(1)).first()
    newest = session.exec(ids.order_by(by_id.desc()).limit(1)).first()
    return (oldest, newest) if oldest is not None and newest is not None else None


def _compliant_among(session: Session, recording_ids: Sequence[UUID]) -> set[tuple[UUID, str]]:
    """Recordings, with their versions, of which a receipt tells a lock that nobody may shorten."""
    columns = select(Receipt.recording_id, Receipt.object_version).distinct()
    of_these = columns.where(col(Receipt.recording_id).in_(recording_ids), Receipt.lock_mode == LockMode.COMPLIANCE)
    return set(session.exec(of_these).all())


def _expired_among(session: Session, recording_ids: Sequence[UUID]) -> set[UUID]:
    return set(
        session.exec(
            select(RetentionDecision.recording_id).where(
                col(RetentionDecision.recording_id).in_(recording_ids),
                RetentionDecision.outcome == RetentionOutcome.EXPIRED,
            )
        ).all()
    )


def originals_among(session: Session, keys: Sequence[str]) -> set[KeyAndVersion]:
    """The versions on record under these keys, as originals or in their place. Keys end in the id of their recording,
    mostly.
    """
    columns = select(Recording.object_key, Recording.object_version)
    in_place = select(Replacement.object_key, Replacement.object_version)
    found = _by_ids(session, columns.where(col(Recording.id).in_(_ids_in(keys))), keys)
    found |= _by_ids(session, in_place.where(col(Replacement.recording_id).in_(_ids_in(keys))), keys)
    rest = set(keys) - {key for key, _version in found}
    if rest:
        found |= set(session.exec(columns.where(col(Recording.object_key).in_(rest))).all())
        found |= set(session.exec(in_place.where(col(Replacement.object_key).in_(rest))).all())
    return found


def derivatives_among(session: Session, bucket: str, keys: Sequence[str]) -> set[KeyAndVersion]:
    """The versions on record as derivatives under these keys. Keys hold the id of their recording, mostly."""
    columns = select(Derivative.object_key, Derivative.object_version).where(Derivative.bucket == bucket)
    found = _by_ids(session, columns.where(col(Derivative.recording_id).in_(_ids_in(keys))), keys)
    rest = set(keys) - {key for key, _version in found}
    if rest:
        found |= set(session.exec(columns.where(col(Derivative.object_key).in_(rest))).all())
    return found


def is_being_made(session: Session, key: str) -> bool:
    """Whether a job of the recording to which this key of a derivative belongs is still to end that makes some."""
    of_recording = [col(Recording.object_key) == key.rpartition("/")[0]]
    meant = id_in(key)
    if meant is not None:
        of_recording.append(col(Recording.id) == meant)
    found = session.exec(
        select(Job.id)
        .join(Recording)
        .where(
            or_(*of_recording),
            col(Job.kind).in_((JobKind.PROBE, JobKind.DERIVE)),
            col(Job.state).in_((JobState.WAITING, JobState.RUNNING)),
        )
        .limit(1)
    ).first()
    return found is not None


def claims_on(session: Session, keys: Iterable[str]) -> dict[str, datetime]:
    """The end of the lease of each claim under these keys."""
    rows = session.exec(
        select(ContentClaim.object_key, ContentClaim.lease_until).where(col(ContentClaim.object_key).in_(list(keys)))
    ).all()
    return dict(rows)


def id_in(key: str) -> UUID | None:
    """The id that a key of ours holds, None if it holds none."""
    for part in reversed(key.split("/")):
        try:
            return UUID(part)
        except ValueError:
            continue
    return None


def _ids_in(keys: Iterable[str]) -> list[UUID]:
    return [found for key in keys if (found := id_in(key)) is not None]


def _by_ids(session: Session, query: Any, keys: Iterable[str]) -> set[KeyAndVersion]:
    wanted = set(keys)
    return {(key, version) for key, version in session.exec(query).all() if key in wanted}
