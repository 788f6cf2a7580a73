"""What the catalog is told when a file was secured or seen again: always in one transaction of the caller."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from catalog.repositories import custody, jobs, recordings
from catalog.tables import Recording, Sighting
from catalog.tables.custody import CustodyAction
from catalog.tables.jobs import JobKind
from ingest.naming import NameFacts
from ingest.source import SourceFacts, shown
from storage.digests import ContentDigests
from storage.model import StoredVersion

# File systems keep times of which a 64-bit column holds those of 1677 to 2262; a clock beyond says nothing anyway.
_TIME_AT_MOST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Intake:
    """One file to secure. `source` names the card or slot it lies on, `below` its path there, as bytes."""

    path: bytes
    source: str
    below: bytes
    names: NameFacts
    actor: str
    slot_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """An intake with what the file system said of the file when it was opened."""

    intake: Intake
    facts: SourceFacts


def commit_recording(
    session: Session,
    sight: Sight,
    digests: ContentDigests,
    stored: StoredVersion,
    recording_id: UUID,
    *,
    now: datetime,
) -> None:
    """Put a new recording on record, with its first sighting, its custody event and the job that follows."""
    recording = _recording(sight.intake.names, digests, stored, recording_id, now)
    session.add(recording)
    session.flush()
    _sighting(session, sight, recording_id, now)
    custody.record(
        session,
        CustodyAction.SECURED,
        at=now,
        actor=sight.intake.actor,
        subject_kind="recording",
        subject_id=recording_id,
        path=shown(sight.intake.path),
        size=digests.size,
        sha256=digests.sha256.hexadecimal,
        sm3=recording.sm3,
        stored_as=str(stored.reference),
        locked_until=stored.lock.retain_until.isoformat() if stored.lock else None,
        read_back=True,
    )
    jobs.add(session, recording_id, JobKind.PROBE, now=now)


def _recording(
    names: NameFacts, digests: ContentDigests, stored: StoredVersion, recording_id: UUID, now: datetime
) -> Recording:
    return Recording(
        id=recording_id,
        sha256=digests.sha256.hexadecimal,
        sm3=digests.sm3.hexadecimal if digests.sm3 else None,
        size=digests.size,
        object_key=stored.reference.key,
        object_version=stored.reference.version_id,
        secured_at=now,
        locked_until=stored.lock.retain_until if stored.lock else None,
        name=names.name.text,
        device_serial=names.device,
        officer_code=names.officer,
        sequence=names.sequence,
        important=names.important,
        encrypted=names.encrypted,
        named_case=names.case_number,
        identification=identification(names),
    )


def commit_sighting(session: Session, sight: Sight, known: Recording, *, now: datetime) -> None:
    """Note that a known content was seen again; a mark as important is only ever raised (IMP copies)."""
    sighting = _sighting(session, sight, known.id, now)
    raised = sight.intake.names.important and not known.important
    if raised:
        known.important = True
        session.add(known)
    if sighting.times_seen > 1 and not raised:
        return  # the same file at the same place once more, as after every restart: counted, not logged again
    jobs.add(session, known.id, JobKind.MANIFEST, now=now)
    custody.record(
        session,
        CustodyAction.SIGHTED,
        at=now,
        actor=sight.intake.actor,
        subject_kind="recording",
        subject_id=known.id,
        path=shown(sight.intake.path),
        sha256=known.sha256,
        marked_important=raised,
    )


def _sighting(session: Session, sight: Sight, recording_id: UUID, now: datetime) -> Sighting:
    intake = sight.intake
    return recordings.add_sighting(
        session,
        Sighting(
            recording_id=recording_id,
            source=intake.source,
            path_bytes=intake.below,
            path=shown(intake.path),
            name=intake.names.name.text,
            name_encoding=intake.names.name.encoding,
            folder=shown(intake.below.rpartition(b"/")[0]),
            size=sight.facts.size,
            modified_ns=min(max(sight.facts.modified_ns, -_TIME_AT_MOST), _TIME_AT_MOST),
            important=intake.names.important,
            slot_id=intake.slot_id,
            first_seen_at=now,
            last_seen_at=now,
        ),
    )


def identification(names: NameFacts) -> dict[str, object]:
    """What the name said, and what stays unconfirmed (待确认), as plain values for the catalog."""
    return {
        "pattern": names.pattern,
        "device": names.device,
        "officer": names.officer,
        "officer_state": names.officer_state,
        "device_time": names.device_time.isoformat() if names.device_time else None,
        "unconfirmed": list(names.unconfirmed),
        "readings": [asdict(reading) for reading in names.readings],
    }
