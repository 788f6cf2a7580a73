"""Recordings, their sightings, takes and derivatives; claims of contents being secured."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, text
from sqlmodel import Session, col, select

from catalog.errors import Ambiguous, NotFound
from catalog.tables import Case, CaseLink, ContentClaim, Derivative, Job, Officer, Recording, Sighting, Take
from catalog.tables.cases import LinkState
from catalog.tables.jobs import JobState
from catalog.tables.recordings import RecordingKind

CLAIM_LEASE = timedelta(minutes=10)
_TYING = 0x74796E67  # any fixed number: keeps these advisory locks of PostgreSQL apart from others


# --- securing -------------------------------------------------------------------------------------------------


def by_sha256(session: Session, sha256: str) -> Recording | None:
    return session.exec(select(Recording).where(Recording.sha256 == sha256)).one_or_none()


def size_is_known(session: Session, size: int) -> bool:
    """Whether any recording has this size: only then can a file be a duplicate."""
    return session.exec(select(Recording.id).where(Recording.size == size).limit(1)).first() is not None


def claim_of(session: Session, sha256: str) -> ContentClaim | None:
    return session.exec(select(ContentClaim).where(ContentClaim.sha256 == sha256)).one_or_none()


def claim(
    session: Session, sha256: str, *, recording_id: UUID, object_key: str, owner: str, now: datetime
) -> ContentClaim:
    """Claim a content, or take over a claim whose lease ran out. Returns the claim that then stands: see its owner.

    A claim taken over keeps the id and key of its first owner, under which the bytes may already lie.
    """
    standing = claim_of(session, sha256)
    if standing is None:
        standing = ContentClaim(
            sha256=sha256, recording_id=recording_id, object_key=object_key, owner=owner, lease_until=now + CLAIM_LEASE
        )
    elif standing.lease_until < now:
        standing.owner, standing.lease_until = owner, now + CLAIM_LEASE
    session.add(standing)
    session.flush()
    return standing


def move_claim(session: Session, sha256: str, *, recording_id: UUID, object_key: str) -> ContentClaim:
    """Point a claim that we took over to where we are about to store the bytes ourselves."""
    standing = session.exec(select(ContentClaim).where(ContentClaim.sha256 == sha256)).one()
    standing.recording_id, standing.object_key = recording_id, object_key
    session.add(standing)
    return standing


def renew_claim(session: Session, sha256: str, *, owner: str, now: datetime) -> None:
    standing = claim_of(session, sha256)
    if standing is not None and standing.owner == owner:
        standing.lease_until = now + CLAIM_LEASE
        session.add(standing)


def release_claim(session: Session, sha256: str) -> None:
    session.exec(delete(ContentClaim).where(col(ContentClaim.sha256) == sha256))


def let_lapse(session: Session, standing: ContentClaim) -> None:
    """End the lease of a dead owner now. The claim stays: it says where bytes may already lie."""
    standing.lease_until = datetime.fromtimestamp(0, tz=UTC)
    session.add(standing)


def add_sighting(session: Session, sighting: Sighting) -> Sighting:
    """Add a sighting, or count it again where the same content was seen at the same place before."""
    known = session.exec(
        select(Sighting).where(
            Sighting.recording_id == sighting.recording_id,
            Sighting.source == sighting.source,
            Sighting.path_bytes == sighting.path_bytes,
            Sighting.modified_ns == sighting.modified_ns,
        )
    ).one_or_none()
    if known is None:
        session.add(sighting)
        return sighting
    known.last_seen_at = sighting.last_seen_at
    known.times_seen += 1
    session.add(known)
    return known


def is_sighted(session: Session, *, source: str, path_bytes: bytes, size: int, modified_ns: int) -> bool:
    """Whether this very file, unchanged by size and time, was secured from this place before."""
    return (
        session.exec(
            select(Sighting.id).where(
                Sighting.source == source,
                Sighting.path_bytes == path_bytes,
                Sighting.size == size,
                Sighting.modified_ns == modified_ns,
            )
        ).first()
        is not None
    )


# --- reading one ----------------------------------------------------------------------------------------------


def get(session: Session, recording_id: UUID) -> Recording:
    """Raises NotFound."""
    found = session.get(Recording, recording_id)
    if found is None:
        raise NotFound("recording", str(recording_id))
    return found


def named(session: Session, text: str) -> Recording:
    """The one recording whose id or SHA-256 begins with the given text. Raises NotFound, Ambiguous."""
    compact = text.replace("-", "").lower()
    if not compact or set(compact) - set("0123456789abcdef"):
        raise NotFound("recording", text)
    low, high = compact.ljust(32, "0")[:32], compact.ljust(32, "f")[:32]
    by_id = (
        []
        if len(compact) > 32  # noqa: PLR2004 - hexadecimal digits of a UUID
        else session.exec(select(Recording).where(col(Recording.id).between(UUID(low), UUID(high))).limit(2)).all()
    )
    by_digest = session.exec(select(Recording).where(col(Recording.sha256).startswith(compact)).limit(2)).all()
    found = {recording.id: recording for recording in (*by_id, *by_digest)}
    if not found:
        raise NotFound("recording", text)
    if len(found) > 1:
        raise Ambiguous("recording", text)
    return next(iter(found.values()))


def sightings_of(session: Session, recording_id: UUID) -> Sequence[Sighting]:
    return session.exec(
        select(Sighting).where(Sighting.recording_id == recording_id).order_by(col(Sighting.first_seen_at))
    ).all()


def derivatives_of(session: Session, recording_id: UUID) -> Sequence[Derivative]:
    return session.exec(
        select(Derivative).where(Derivative.recording_id == recording_id).order_by(col(Derivative.kind))
    ).all()


def derivative(session: Session, recording_id: UUID, kind: str) -> Derivative | None:
    return session.exec(
        select(Derivative).where(Derivative.recording_id == recording_id, Derivative.kind == kind)
    ).one_or_none()


def replace_derivative(session: Session, made: Derivative) -> None:
    """Put a derivative on record in place of an earlier one of its kind."""
    standing = derivative(session, made.recording_id, made.kind)
    if standing is not None:
        session.delete(standing)
        session.flush()
    session.add(made)


def side_files_of(session: Session, recording_id: UUID) -> Sequence[Recording]:
    return session.exec(
        select(Recording).where(Recording.main_recording_id == recording_id).order_by(col(Recording.name))
    ).all()


# --- locks ----------------------------------------------------------------------------------------------------


def count(session: Session) -> int:
    return session.exec(select(func.count()).select_from(Recording)).one()


def locked_until_before(session: Session, limit: datetime) -> Sequence[tuple[UUID, str, str, datetime | None]]:
    """Id, object key, object version and end of the lock of all whose lock ends before `limit` or is unknown."""
    return session.exec(
        select(Recording.id, Recording.object_key, Recording.object_version, Recording.locked_until)
        .where(or_(col(Recording.locked_until).is_(None), col(Recording.locked_until) < limit))
        .order_by(col(Recording.locked_until))
    ).all()


def note_lock(session: Session, recording_id: UUID, until: datetime | None) -> None:
    """Keep what the store reported of a lock, for finding those that end soon; the store remains the truth."""
    recording = get(session, recording_id)
    recording.locked_until = until
    session.add(recording)


# --- tying together -------------------------------------------------------------------------------------------


def alone_with(session: Session, *groups: str) -> None:
    """Let others who tie recordings of the same groups (a folder, a device) wait until this transaction ends.

    Two that each do not see what the other is about to write would leave apart what belongs together. SQLite's
    writing transactions are alone already.
    """
    if session.get_bind().dialect.name == "postgresql":
        for group in sorted(groups):  # in one order, so that two never wait for each other
            session.connection().execute(
                text("SELECT pg_advisory_xact_lock(hashtextextended(:name, :seed))"), {"name": group, "seed": _TYING}
            )


def siblings(session: Session, *, source: str, folder: str, beginning: str) -> Sequence[tuple[str, UUID]]:
    """Names and recordings seen in one folder of one place, of those whose name begins so (case ignored)."""
    return session.exec(
        select(Sighting.name, Sighting.recording_id).where(
            Sighting.source == source,
            Sighting.folder == folder,
            col(Sighting.name).ilike(f"{_escaped(beginning)}%", escape="\\"),
        )
    ).all()


def segments_around(session: Session, device_serial: str, start: datetime, end: datetime) -> Sequence[Recording]:
    """Videos and sounds of a device that begin between the two times, in order."""
    return session.exec(
        select(Recording)
        .where(
            Recording.device_serial == device_serial,
            col(Recording.kind).in_((RecordingKind.VIDEO, RecordingKind.AUDIO)),
            col(Recording.captured_at).between(start, end),
        )
        .order_by(col(Recording.captured_at), col(Recording.sequence))
    ).all()


def take(session: Session, take_id: UUID) -> Take | None:
    return session.get(Take, take_id)


def members_of_takes(session: Session, take_ids: Collection[UUID]) -> Sequence[Recording]:
    """The members of all these takes."""
    return session.exec(select(Recording).where(col(Recording.take_id).in_(take_ids))).all() if take_ids else []


def remove_takes(session: Session, take_ids: Collection[UUID]) -> None:
    """Remove takes that have no members any more."""
    session.exec(delete(Take).where(col(Take.id).in_(take_ids)))


def members_of_take(session: Session, take_id: UUID) -> Sequence[Recording]:
    return session.exec(
        select(Recording).where(Recording.take_id == take_id).order_by(col(Recording.captured_at))
    ).all()


# --- finding --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FindCriteria:
    """What to look for; all given criteria must hold. Times are aware; `kinds` empty means any."""

    text: str | None = None
    case_number: str | None = None
    officer: str | None = None
    device: str | None = None
    captured_from: datetime | None = None
    captured_to: datetime | None = None
    important: bool | None = None
    kinds: tuple[RecordingKind, ...] = ()
    attention: bool = False


def needing_attention(session: Session, recording_ids: Sequence[UUID]) -> int:
    """How many of these recordings have a problem or a failed job."""
    total = 0
    for start in range(0, len(recording_ids), 500):
        part = recording_ids[start : start + 500]
        total += session.exec(
            select(func.count()).select_from(Recording).where(col(Recording.id).in_(part), _needs_attention())
        ).one()
    return total


def find(session: Session, criteria: FindCriteria, *, limit: int, offset: int = 0) -> tuple[Sequence[Recording], int]:
    """One page of the recordings that meet the criteria and their number: the latest recorded first, those with an
    unknown time last.
    """
    conditions = _conditions(criteria)
    total = session.exec(select(func.count()).select_from(Recording).where(*conditions)).one()
    page = session.exec(
        select(Recording)
        .where(*conditions)
        .order_by(
            col(Recording.captured_at).is_(None),
            col(Recording.captured_at).desc(),
            col(Recording.secured_at).desc(),
            col(Recording.id),
        )
        .limit(limit)
        .offset(offset)
    ).all()
    return page, total


def _conditions(criteria: FindCriteria) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if criteria.text:
        pattern = f"%{_escaped(criteria.text)}%"
        seen = select(Sighting.recording_id).where(col(Sighting.path).ilike(pattern, escape="\\"))
        linked = _linked_to(col(Case.cause).ilike(pattern, escape="\\") | col(Case.number).ilike(pattern, escape="\\"))
        found.append(
            or_(
                col(Recording.name).ilike(pattern, escape="\\"),
                col(Recording.device_serial).ilike(pattern, escape="\\"),
                col(Recording.officer_code).ilike(pattern, escape="\\"),
                col(Recording.sha256).startswith(criteria.text.lower(), autoescape=True),
                col(Recording.id).in_(seen),
                col(Recording.id).in_(linked),
            )
        )
    if criteria.case_number:
        found.append(col(Recording.id).in_(_linked_to(col(Case.number) == criteria.case_number)))
    if criteria.officer:
        known = select(Officer.id).where(
            or_(
                col(Officer.certificate_number) == criteria.officer,
                col(Officer.device_code) == criteria.officer,
                col(Officer.name) == criteria.officer,
            )
        )
        found.append(or_(col(Recording.officer_code) == criteria.officer, col(Recording.officer_id).in_(known)))
    if criteria.device:
        found.append(col(Recording.device_serial) == criteria.device)
    if criteria.captured_from:
        found.append(col(Recording.captured_at) >= criteria.captured_from)
    if criteria.captured_to:
        found.append(col(Recording.captured_at) <= criteria.captured_to)
    if criteria.important is not None:
        found.append(col(Recording.important) == criteria.important)
    if criteria.kinds:
        found.append(col(Recording.kind).in_(criteria.kinds))
    if criteria.attention:
        found.append(_needs_attention())
    return found


def _needs_attention() -> ColumnElement[bool]:
    failing = select(Job.recording_id).where(Job.state == JobState.FAILED)
    return or_(col(Recording.problem_count) > 0, col(Recording.id).in_(failing))


def _linked_to(condition: ColumnElement[bool]) -> Any:
    return (
        select(CaseLink.recording_id)
        .join(Case, col(Case.id) == col(CaseLink.case_id))
        .where(condition, col(CaseLink.state) != LinkState.REJECTED)
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
