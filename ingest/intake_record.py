"""What the catalog is told when a file was secured or seen again: always in one transaction of the caller."""

import re
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

from sqlmodel import Session

from catalog.repositories import custody, jobs, receipts, recordings
from catalog.tables import Receipt, Recording, Sighting
from catalog.tables.custody import CustodyAction
from catalog.tables.jobs import JobKind
from catalog.types import new_id
from ingest.naming import NameFacts
from ingest.source import SourceFacts, SourceIdentity, shown
from storage.digests import ContentDigests
from storage.model import StoredVersion, VersionReference

# File systems keep times of which a 64-bit column holds those of 1677 to 2262; a clock beyond says nothing anyway.
_TIME_AT_MOST = 2**63 - 1
# Of each value of what travels with the bytes into the store; all of it together may have 2048 (storage/metadata.py).
_METADATA_BYTES = 500


@dataclass(frozen=True, slots=True)
class Intake:
    """One file to secure. `source` names the card or slot it lies on, `below` its path there, as bytes.

    With `fresh_receipt` a receipt is made even where an earlier one for the same file still says what is so: only
    one made by the very process that erases will do for erasing.
    """

    path: bytes
    source: str
    below: bytes
    names: NameFacts
    actor: str
    slot_id: UUID | None = None
    fresh_receipt: bool = False


@dataclass(frozen=True, slots=True)
class Sight:
    """An intake with what the file system said of the file when it was opened.

    The id of the receipt it may get is chosen beforehand: by it, a commit that went through unnoticed is found.
    """

    intake: Intake
    facts: SourceFacts
    identity: SourceIdentity
    receipt_id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Vouched:
    """What the store said of a version after all of it was read back and found right, and what its bytes were.

    `lengthened` when its lock was, just before.
    """

    stored: StoredVersion
    read_back_at: datetime
    digests: ContentDigests
    lengthened: bool = False


@dataclass(frozen=True, slots=True)
class HeldReceipt:
    """A receipt in the hands of this process: with it, the file it was made for can be told from any other.

    `fresh` when it was made by this very securing; `made` is the process's own count of seconds (monotonic), which
    no change of the clock can stretch.
    """

    id: UUID
    fresh: bool
    made: float
    identity: SourceIdentity
    version: VersionReference


@dataclass(frozen=True, slots=True)
class Fresh:
    """A content that was read back and found right, to be put on record under this id."""

    sight: Sight
    vouched: Vouched
    recording_id: UUID


def commit_recordings(session: Session, wanted: Sequence[Fresh], *, now: datetime) -> list[HeldReceipt | None]:
    """Put new recordings on record, each with its first sighting, receipt, custody event and the job that follows.

    None for a content that somebody else has put on record before, or where the store reports no lock: there is nothing
    then to erase a source on.
    """
    made = {
        each.recording_id: new_recording(
            each.sight.intake.names, each.vouched.digests, each.vouched.stored, each.recording_id, now
        )
        for each in wanted
    }
    added = recordings.add_unless_known(session, list(made.values()))
    before = recordings.left_with(session, {each.sha256 for each in made.values()})
    # By us, if a commit went through and nobody told us: asked before anything waits to be written.
    done = {
        each.recording_id: already_committed(session, each.sight, each.vouched)
        for each in wanted
        if each.recording_id not in added
    }
    receipts_made = {
        each.recording_id: _tell(
            session, each, made[each.recording_id], before.get(made[each.recording_id].sha256, []), now
        )
        for each in wanted
        if each.recording_id in added
    }
    return [(receipts_made | done)[each.recording_id] for each in wanted]


def _tell(
    session: Session, fresh: Fresh, recording: Recording, before: Sequence[UUID], now: datetime
) -> HeldReceipt | None:
    """What goes on record with a new recording. Nothing speaks of it yet, so there is nothing to look for first."""
    sight, vouched = fresh.sight, fresh.vouched
    session.add(_first_sighting(sight, recording.id, now))
    custody.record(
        session,
        CustodyAction.SECURED,
        at=now,
        actor=sight.intake.actor,
        subject_kind="recording",
        subject_id=recording.id,
        path=shown(sight.intake.path),
        size=recording.size,
        sha256=recording.sha256,
        sm3=recording.sm3,
        stored_as=str(vouched.stored.reference),
        locked_until=recording.locked_until.isoformat() if recording.locked_until else None,
        read_back=True,
        disposed_before=[str(each) for each in before],
    )
    jobs.add_first(session, recording.id, JobKind.PROBE, now=now)
    receipt = _receipt(sight, recording, vouched, now)
    if receipt is None:
        return None
    session.add(receipt)
    return _held(receipt.id, sight, vouched, fresh=True)


def already_committed(session: Session, sight: Sight, vouched: Vouched) -> HeldReceipt | None:
    """The receipt of this very sight, if its commit went through although we were not told."""
    done = receipts.get(session, sight.receipt_id)
    return _held(done.id, sight, vouched, fresh=True) if done is not None else None


def _held(receipt_id: UUID, sight: Sight, vouched: Vouched, *, fresh: bool) -> HeldReceipt:
    return HeldReceipt(receipt_id, fresh, time.monotonic(), sight.identity, vouched.stored.reference)


def receipt_for(
    session: Session, sight: Sight, recording: Recording, vouched: Vouched, *, now: datetime
) -> HeldReceipt | None:
    """Make a receipt for what was sighted, or keep the one that stands; None where the store reports no lock."""
    receipt = _receipt(sight, recording, vouched, now)
    if receipt is None:
        return None
    standing = None if sight.intake.fresh_receipt else receipts.standing(session, receipt)
    if standing is None:
        receipts.add(session, receipt)
    return _held((standing or receipt).id, sight, vouched, fresh=standing is None)


def _receipt(sight: Sight, recording: Recording, vouched: Vouched, now: datetime) -> Receipt | None:
    intake, stored = sight.intake, vouched.stored
    if stored.lock is None:
        return None
    return Receipt(
        id=sight.receipt_id,
        recording_id=recording.id,
        slot_id=intake.slot_id,
        source=intake.source,
        path_bytes=intake.below,
        path=shown(intake.path),
        size=sight.facts.size,
        modified_ns=storable(sight.facts.modified_ns),
        sha256=recording.sha256,
        object_key=stored.reference.key,
        object_version=stored.reference.version_id,
        lock_mode=stored.lock.mode,
        locked_until=stored.lock.retain_until,
        read_back_at=vouched.read_back_at,
        made_at=now,
    )


def new_recording(
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


def commit_sighting(
    session: Session, sight: Sight, known: Recording, vouched: Vouched, *, now: datetime
) -> HeldReceipt | None:
    """Note that a known content was seen again; a mark as important is only ever raised (IMP copies).

    Returns the receipt as `commit_recordings` does.
    """
    sighting = recordings.add_sighting(session, _first_sighting(sight, known.id, now))
    raised = sight.intake.names.important and not known.important
    if raised:
        known.important = True
        session.add(known)
    receipt = receipt_for(session, sight, known, vouched, now=now)
    if sighting.times_seen > 1 and not raised:
        return receipt  # the same file at the same place once more, as after every restart: counted, not logged again
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
    return receipt


def _first_sighting(sight: Sight, recording_id: UUID, now: datetime) -> Sighting:
    intake = sight.intake
    return Sighting(
        recording_id=recording_id,
        source=intake.source,
        path_bytes=intake.below,
        path=shown(intake.path),
        name=intake.names.name.text,
        name_encoding=intake.names.name.encoding,
        folder=shown(intake.below.rpartition(b"/")[0]),
        size=sight.facts.size,
        modified_ns=storable(sight.facts.modified_ns),
        important=intake.names.important,
        slot_id=intake.slot_id,
        first_seen_at=now,
        last_seen_at=now,
    )


def origin(intake: Intake) -> dict[str, str]:
    """What travels with the bytes, so that a version nobody put on record can still be told. Plain ASCII."""
    return {
        "original-name": _encoded(intake.below.rpartition(b"/")[2]),
        "source": _encoded(intake.path.removesuffix(intake.below)),
    }


def _encoded(text: bytes) -> str:
    whole = quote(text, safe="/")
    return whole if len(whole) <= _METADATA_BYTES else re.sub("%.?$", "", whole[:_METADATA_BYTES])


def storable(modified_ns: int) -> int:
    """A time of modification as the catalog keeps it: the nearest its column can hold."""
    return min(max(modified_ns, -_TIME_AT_MOST), _TIME_AT_MOST)


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
