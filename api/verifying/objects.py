"""What lies in the store beside originals: pages, certificates and stamps as they were written, and all their locks.

A lock is held against what was read of it last; and, whatever the catalog says, against what keeping asks for: until
its lasting lock is over by age, none ends sooner than the renewal would let it. So other settings are no finding.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from api.verifying.bucket import LogBucket
from api.verifying.model import Code, Fact, Finding, Part, Tallies
from catalog.custody.objects import stamp_object
from catalog.repositories import custody_log, stored_objects
from catalog.repositories.stored_objects import ToldObject
from catalog.tables.custody import CustodyObjectKind, StampState
from retention.locks import LockSettings
from storage.contract import ObjectStore
from storage.errors import StorageError, VersionNotFound
from storage.model import Bucket, VersionReference

_ROUNDED = timedelta(seconds=1)
# A lock is counted by the clock that wrote, its age by that of the store.
_APART = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Term:
    """By when locks are judged."""

    settings: LockSettings
    now: datetime

    def least(self, written_at: datetime, read_last: datetime | None) -> datetime:
        """Until when a lock is to last at least, of what was written then and is kept for ever."""
        kept = min(written_at + timedelta(days=self.settings.days) - _APART, self.now + self.settings.alarm_margin)
        return max(kept, read_last) if read_last is not None else kept

    def judge(
        self, reference: VersionReference, ends: datetime | None, written_at: datetime, read_last: datetime | None
    ) -> Iterator[Finding]:
        least = self.least(written_at, read_last)
        where: dict[str, Fact] = {"object": str(reference), "promised": least}
        if ends is None:
            yield Finding(Part.OBJECTS, Code.OBJECT_UNLOCKED, where)
        elif ends < least - _ROUNDED:
            yield Finding(Part.OBJECTS, Code.OBJECT_LOCK_SHORTER, {**where, "found": ends})


def check_documents(session: Session, store: ObjectStore, term: Term, tallies: Tallies) -> Iterator[Finding]:
    """Pages, by which a catalog is made again, and certificates: each read, and compared with what the log tells."""
    for each in stored_objects.pages(session).items():
        yield from _read(session, store, each, term, tallies)
    certificates = stored_objects.certificates(session)
    listed = {str(each.reference): each.reference for each in store.list_references(Bucket.CUSTODY, "disposal/")}
    for place, told in certificates.items():
        if place in listed:
            yield from _read(session, store, (listed[place], told), term, tallies)
        else:
            tallies[Part.OBJECTS].met()
            yield Finding(Part.OBJECTS, Code.OBJECT_MISSING, {"object": place})


def _read(
    session: Session, store: ObjectStore, each: tuple[VersionReference, ToldObject], term: Term, tallies: Tallies
) -> Iterator[Finding]:
    reference, told = each
    where: dict[str, Fact] = {"object": str(reference)}
    try:
        back = store.read_back(reference)
        found = hashlib.sha256(b"".join(back)).hexdigest()
        lock = back.stored().lock
    except VersionNotFound:
        tallies[Part.OBJECTS].met()
        yield Finding(Part.OBJECTS, Code.OBJECT_MISSING, where)
        return
    except StorageError as error:
        tallies[Part.OBJECTS].met(checked=False)
        yield Finding(Part.OBJECTS, Code.OBJECT_UNREADABLE, {**where, "why": str(error)})
        return
    tallies[Part.OBJECTS].met()
    if told.sha256 != {found}:
        yield Finding(Part.OBJECTS, Code.OBJECT_CHANGED, where)
    read_last = stored_objects.lock_read_last(session, reference)
    yield from term.judge(reference, lock.retain_until if lock else None, told.written_at, read_last)


def check_log_objects(
    session: Session, store: ObjectStore, bucket: LogBucket, term: Term, tallies: Tallies
) -> Iterator[Finding]:
    """Locks of all that the log has in the store; whether stamps and certificates are there at all."""
    rows = {
        VersionReference(Bucket.CUSTODY, row.object_key, row.object_version): row
        for row in stored_objects.of_the_log(session)
    }
    told: Mapping[VersionReference, datetime | None] = {each: row.locked_until for each, row in rows.items()}
    for lying in (*bucket.keys, *bucket.checkpoints.values()):
        if lying.text is not None and lying.locked_until is not None:  # one without any is told of as a checkpoint
            tallies[Part.OBJECTS].met()
            yield from term.judge(lying.reference, lying.locked_until, lying.stored_at, told.get(lying.reference))
    heads = [each.reference for each in bucket.segments]
    heads += [
        each for each, row in rows.items() if row.kind in {CustodyObjectKind.STAMP, CustodyObjectKind.CERTIFICATE}
    ]
    for reference in heads:
        yield from _lock(store, reference, told.get(reference), term, tallies)
    yield from _stamps(session, store, tallies)


def _lock(
    store: ObjectStore, reference: VersionReference, read_last: datetime | None, term: Term, tallies: Tallies
) -> Iterator[Finding]:
    try:
        stored = store.head(reference)
    except VersionNotFound:
        tallies[Part.OBJECTS].met()
        yield Finding(Part.OBJECTS, Code.OBJECT_MISSING, {"object": str(reference)})
        return
    except StorageError as error:
        tallies[Part.OBJECTS].met(checked=False)
        yield Finding(Part.OBJECTS, Code.OBJECT_UNREADABLE, {"object": str(reference), "why": str(error)})
        return
    tallies[Part.OBJECTS].met()
    yield from term.judge(reference, stored.lock.retain_until if stored.lock else None, stored.stored_at, read_last)


def _stamps(session: Session, store: ObjectStore, tallies: Tallies) -> Iterator[Finding]:
    """Beside each stamp on record lies one that says the same."""
    for stamp, checkpoint in custody_log.stamps(session):
        if stamp.state is not StampState.STAMPED:
            continue
        key = stamp_object(checkpoint.at, checkpoint.size, stamp.authority)
        where: dict[str, Fact] = {"object": f"{Bucket.CUSTODY.value}/{key}"}
        try:
            lying = [
                b"".join(store.read_back(each.reference))
                for each in store.list_references(Bucket.CUSTODY, key)
                if each.reference.key == key
            ]
        except StorageError as error:
            tallies[Part.OBJECTS].met(checked=False)
            yield Finding(Part.OBJECTS, Code.OBJECT_UNREADABLE, {**where, "why": str(error)})
            continue
        tallies[Part.OBJECTS].met()
        if not lying:
            yield Finding(Part.OBJECTS, Code.OBJECT_MISSING, where)
        elif stamp.token not in lying:
            yield Finding(Part.OBJECTS, Code.OBJECT_CHANGED, where)
