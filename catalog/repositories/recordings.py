"""Recordings, their sightings, takes and derivatives."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, text
from sqlalchemy.dialects import postgresql
from sqlmodel import Session, col, select

from catalog import seals
from catalog.errors import Ambiguous, NotFound
from catalog.repositories.patterns import escaped
from catalog.tables import Derivative, Recording, Replacement, Sighting, Take
from catalog.tables.recordings import RecordingKind
from storage.model import Bucket, VersionReference

_LIVES_LOOKED_AT = 20
_TYING = 0x74796E67  # any fixed number: keeps these advisory locks of PostgreSQL apart from others


# --- securing -------------------------------------------------------------------------------------------------


def by_sha256(session: Session, sha256: str) -> Recording | None:
    """The recording of this content that stays; one that was disposed of, or is just going, is as if never known."""
    return session.exec(
        select(Recording).where(Recording.sha256 == sha256, col(Recording.leaving_since).is_(None))
    ).one_or_none()


def is_known(session: Session, sha256: str) -> bool:
    """Whether this content is on record, and stays."""
    staying = col(Recording.leaving_since).is_(None)
    return session.exec(select(Recording.id).where(Recording.sha256 == sha256, staying)).first() is not None


def staying(session: Session, recording_id: UUID) -> Recording | None:
    """The recording, so that nobody orders its deletion before this transaction ends; None where somebody did."""
    return session.exec(
        select(Recording)
        .where(Recording.id == recording_id, col(Recording.leaving_since).is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def left_with(session: Session, sha256s: Collection[str]) -> dict[str, list[UUID]]:
    """The recordings that had these contents and were disposed of, or are just going; oldest first."""
    rows = session.exec(
        select(Recording.sha256, Recording.id)
        .where(col(Recording.sha256).in_(sha256s), col(Recording.leaving_since).is_not(None))
        .order_by(col(Recording.secured_at), col(Recording.id))
    ).all()
    found: dict[str, list[UUID]] = {}
    for sha256, recording_id in rows:
        found.setdefault(sha256, []).append(recording_id)
    return found


def known_among(session: Session, sha256s: Collection[str]) -> set[str]:
    """Which of these contents are on record, and stay."""
    staying = col(Recording.leaving_since).is_(None)
    return set(session.exec(select(Recording.sha256).where(col(Recording.sha256).in_(sha256s), staying)))


def add_unless_known(session: Session, wanted: Sequence[Recording]) -> set[UUID]:
    """Put recordings on record but for contents that are there already, or are just being put there by another.

    Returns the ids of those that were put on record.
    """
    if session.get_bind().dialect.name == "sqlite":
        # Nobody else writes meanwhile; and the trigger that guards evidence would refuse before any conflict is seen.
        known = known_among(session, {each.sha256 for each in wanted})
        fresh = [each for each in wanted if each.sha256 not in known]
        session.add_all(fresh)
        session.flush()
        return {each.id for each in fresh}
    # In one order, so that no two of us wait for each other. Any conflict: our own commit, of which only the
    # confirmation was lost, has the same id too.
    rows = [each.model_dump() for each in sorted(wanted, key=lambda each: each.sha256)]
    statement = postgresql.insert(Recording).on_conflict_do_nothing().returning(col(Recording.id))
    added = set(session.execute(statement, rows).scalars())
    seals.touched(session, Recording, added)
    return added


def size_is_known(session: Session, size: int) -> bool:
    """Whether any recording that stays has this size: only then can a file be a duplicate."""
    staying = col(Recording.leaving_since).is_(None)
    return session.exec(select(Recording.id).where(Recording.size == size, staying).limit(1)).first() is not None


def add_sighting(session: Session, sighting: Sighting) -> Sighting:
    """Add a sighting, or count it again where the same content was seen at the same place before."""
    known = session.exec(
        select(Sighting)
        .where(
            Sighting.recording_id == sighting.recording_id,
            Sighting.source == sighting.source,
            Sighting.path_bytes == sighting.path_bytes,
            Sighting.modified_ns == sighting.modified_ns,
        )
        .with_for_update()  # another may be counting too
        .execution_options(populate_existing=True)
    ).one_or_none()
    if known is None:
        session.add(sighting)
        return sighting
    known.last_seen_at = sighting.last_seen_at
    known.times_seen += 1
    session.add(known)
    return known


# --- reading one ----------------------------------------------------------------------------------------------


def get(session: Session, recording_id: UUID) -> Recording:
    """Raises NotFound."""
    found = session.get(Recording, recording_id)
    if found is None:
        raise NotFound("recording", str(recording_id))
    return found


def exists(session: Session, recording_id: UUID) -> bool:
    return session.get(Recording, recording_id) is not None


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
    by_digest = session.exec(
        select(Recording)
        .where(col(Recording.sha256).startswith(compact))
        # The one that stays before those of the same content that were disposed of; the latest of them.
        .order_by(col(Recording.leaving_since).is_not(None), col(Recording.leaving_since).desc(), col(Recording.id))
        .limit(_LIVES_LOOKED_AT)
    ).all()
    of_content: dict[str, Recording] = {}
    for recording in by_digest:
        of_content.setdefault(recording.sha256, recording)
    found = {recording.id: recording for recording in (*by_id, *of_content.values())}
    if not found:
        raise NotFound("recording", text)
    if len(found) > 1:
        raise Ambiguous("recording", text)
    return next(iter(found.values()))


def serving(session: Session, recording: Recording) -> VersionReference:
    """The version that serves: what replaced the original last, else the original itself. Whoever reads asks here."""
    return serving_of(session, [recording.id]).get(recording.id) or original(recording)


def serving_of(session: Session, recording_ids: Collection[UUID]) -> dict[UUID, VersionReference]:
    """Of those whose original was replaced, the version that serves now."""
    return {recording_id: versions[-1] for recording_id, versions in replacements_of(session, recording_ids).items()}


def versions(session: Session, recording: Recording) -> Sequence[VersionReference]:
    """All versions of a recording that are on record, the one that serves last."""
    return [original(recording), *replacements_of(session, [recording.id]).get(recording.id, ())]


def original(recording: Recording) -> VersionReference:
    """Where the original was stored, whether it serves still or not."""
    return VersionReference(Bucket.ORIGINALS, recording.object_key, recording.object_version)


def replacements_of(session: Session, recording_ids: Collection[UUID]) -> dict[UUID, list[VersionReference]]:
    """What replaced these recordings' originals, oldest first."""
    rows = session.exec(
        select(Replacement.recording_id, Replacement.object_key, Replacement.object_version)
        .where(col(Replacement.recording_id).in_(recording_ids))
        .order_by(col(Replacement.made_at), col(Replacement.id))
    ).all()
    found: dict[UUID, list[VersionReference]] = {}
    for recording_id, key, version in rows:
        found.setdefault(recording_id, []).append(VersionReference(Bucket.ORIGINALS, key, version))
    return found


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


def earliest_secured(session: Session) -> datetime | None:
    """Since when anything that is on record is kept."""
    return session.exec(select(func.min(Recording.secured_at))).one()


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
            col(Sighting.name).ilike(f"{escaped(beginning)}%", escape="\\"),
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
    seals.touched(session, Take, take_ids)


def members_of_take(session: Session, take_id: UUID) -> Sequence[Recording]:
    return session.exec(
        select(Recording).where(Recording.take_id == take_id).order_by(col(Recording.captured_at))
    ).all()
