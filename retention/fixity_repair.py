"""Repairing a damaged recording from a replica: only with the very bytes on record, and never over what is there.

     1 FACTS       the version that serves; nothing that is being disposed of is repaired
     2 LOOK        read it again: what is intact needs nothing
     3 FIND        bytes with the SHA-256 on record: stored here already by a repair that was cut short, else taken from
                   the replica, which is a second store with the same keys
     4 READ BACK   the new version, and its lock, from the store
     5 ONE COMMIT  replacement, check, custody event; the hold that Zhilu placed goes, those of others stay

Killed before 5, a locked version lies there that nobody speaks of; the next repair takes it up.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from catalog.engine import Catalog
from catalog.repositories import custody, fixity, holds, jobs, locks, recordings, system_holds
from catalog.tables import FixityCheck, Recording, Replacement
from catalog.tables.custody import CustodyAction
from catalog.tables.fixity import FixityOutcome
from catalog.tables.jobs import JobKind
from retention.errors import BeingDisposedOf, NoReplica, ReplicaAway, ReplicaUnfit
from storage.contract import ObjectStore
from storage.digests import ContentHasher, digest_chunks
from storage.errors import LockWouldShrink, StorageError, StoreMisconfigured, VersionNotFound
from storage.model import Bucket, Lock, StoredVersion, VersionReference

_ROUNDING = timedelta(seconds=1)


@dataclass(frozen=True)
class Replica:
    """A second store with the same keys; opened when it is needed, so that nothing else waits for it."""

    where: str
    open: Callable[[], ObjectStore]


@dataclass(frozen=True, slots=True)
class Repair:
    """`replaced`: whether a new version serves now; else the one that serves was intact after all."""

    replaced: bool
    version: VersionReference


@dataclass(frozen=True, slots=True)
class _Damage:
    recording: Recording
    serving: VersionReference
    known: tuple[VersionReference, ...]
    why: str
    left: datetime | None
    """When the lock of the damaged version ends, where it is there and locked: it is renewed like the recording."""


class Repairer:
    def __init__(
        self,
        catalog: Catalog,
        store: ObjectStore,
        replica: Replica | None,
        *,
        lock_for: Callable[[datetime], Lock],
        clock: Callable[[], datetime],
        actor: str = "zhilu",
    ) -> None:
        self._catalog, self._store, self._replica = catalog, store, replica
        self._lock_for, self._clock, self._actor = lock_for, clock, actor

    def repair(self, recording_id: UUID) -> Repair:
        """Raises RepairRefused, StorageError where our own store is away, CatalogError."""
        with self._catalog.reading() as session:  # step 1
            recording = recordings.get(session, recording_id)
            known = tuple(recordings.versions(session, recording))
            if fixity.is_being_disposed_of(session, recording_id):
                raise BeingDisposedOf(str(recording_id))
        why = self._what_is_wrong(recording, known[-1])  # step 2
        if why is None:
            return Repair(replaced=False, version=known[-1])
        damage = _Damage(recording, known[-1], known, why, self._lock_end(known[-1]))
        lock = self._lock(recording)
        found = self._stored_already(damage, lock)  # step 3
        origin = "a repair that was cut short"
        if found is None:
            if self._replica is None:
                raise NoReplica(str(recording_id))
            found, origin = self._copied(damage, lock, self._replica), self._replica.where
        return self._catalog.write(lambda session: self._put(session, damage, found, origin))  # step 5

    # --- 2 ------------------------------------------------------------------------------------------------------

    def _what_is_wrong(self, recording: Recording, serving: VersionReference) -> str | None:
        """None if nothing is. Raises StoreUnavailable."""
        try:
            if self._is_as_recorded(recording, serving):
                return None
        except VersionNotFound as error:
            return str(error)
        return "its bytes are not those on record"

    def _lock_end(self, reference: VersionReference) -> datetime | None:
        try:
            lock = self._store.head(reference).lock
        except VersionNotFound:
            return None
        return lock.retain_until if lock else None

    def _is_as_recorded(self, recording: Recording, reference: VersionReference) -> bool:
        digests = digest_chunks(self._store.read_back(reference), sm3=False)
        return (digests.size, digests.sha256.hexadecimal) == (recording.size, recording.sha256)

    # --- 3 ------------------------------------------------------------------------------------------------------

    def _lock(self, recording: Recording) -> Lock:
        """As long as the one that was lost, and no shorter than a first one."""
        first = self._lock_for(self._clock())
        return Lock(first.mode, max(first.retain_until, recording.locked_until or first.retain_until))

    def _stored_already(self, damage: _Damage, lock: Lock) -> StoredVersion | None:
        for listed in self._store.list_references(Bucket.ORIGINALS, damage.recording.object_key):
            same_key = listed.reference.key == damage.recording.object_key
            if not same_key or listed.reference in damage.known or listed.size != damage.recording.size:
                continue
            try:
                if self._is_as_recorded(damage.recording, listed.reference):
                    self._store.extend_lock(listed.reference, lock)
                    return self._confirmed(damage.recording, listed.reference, lock)
            except (VersionNotFound, LockWouldShrink):
                continue  # it is left as it is; another is made
        return None

    def _copied(self, damage: _Damage, lock: Lock, replica: Replica) -> StoredVersion:
        recording = damage.recording
        with _of_replica(replica):
            other = replica.open()
            listed = list(other.list_references(Bucket.ORIGINALS, recording.object_key))
        candidates = [each for each in reversed(listed) if each.reference.key == recording.object_key]
        for each in candidates:
            if each.size != recording.size:
                continue
            stored = self._copy_of(damage, lock, replica, other, each.reference)
            if stored is not None:
                return self._confirmed(recording, stored.reference, lock)  # step 4
        raise ReplicaUnfit(str(recording.id), replica.where, len(candidates))

    def _copy_of(
        self, damage: _Damage, lock: Lock, replica: Replica, other: ObjectStore, reference: VersionReference
    ) -> StoredVersion | None:
        """The version made of it; None, and nothing is made, where its bytes are not those on record."""
        recording = damage.recording
        metadata = {"replaces": damage.serving.version_id}
        with (
            self._store.upload(
                Bucket.ORIGINALS, recording.object_key, lock=lock, metadata=metadata, size=recording.size
            ) as upload,
            ContentHasher(sm3=False) as hasher,
        ):
            for chunk in _read(replica, other, reference):
                hasher.update(chunk)
                upload.write(chunk)
            digests = hasher.digests()
            if (digests.size, digests.sha256.hexadecimal) != (recording.size, recording.sha256):
                return None
            return upload.complete()

    # --- 4 ------------------------------------------------------------------------------------------------------

    def _confirmed(self, recording: Recording, reference: VersionReference, lock: Lock) -> StoredVersion:
        """Raises StoreMisconfigured where the store does not give back, or does not guard, what it took."""
        if not self._is_as_recorded(recording, reference):
            raise StoreMisconfigured(
                f"The store does not give back the bytes it took for {reference}.", where=reference
            )
        stored = self._store.head(reference)
        if stored.lock is None or stored.lock.retain_until < lock.retain_until - _ROUNDING:
            raise StoreMisconfigured(f"The store does not lock {reference} as it was asked to.", where=reference)
        return stored

    # --- 5 ------------------------------------------------------------------------------------------------------

    def _put(self, session: Session, damage: _Damage, stored: StoredVersion, origin: str) -> Repair:
        recording_id, now = damage.recording.id, self._clock()
        holds.alone(session)  # whoever orders its deletion waits, or we see the order
        recording = fixity.for_repair(session, recording_id)
        if recording is None or fixity.is_being_disposed_of(session, recording_id):
            raise BeingDisposedOf(str(recording_id))
        standing = recordings.serving(session, recording)
        if standing != damage.serving:  # another was first; what we made is a surplus copy, for `reconcile`
            return Repair(replaced=False, version=standing)
        reference = stored.reference
        replacement = Replacement(
            recording_id=recording_id,
            object_key=reference.key,
            object_version=reference.version_id,
            made_at=now,
            origin=origin,
            reason=damage.why,
        )
        fixity.replace(session, replacement, _read_back(recording, reference, now))
        if damage.left is not None:
            locks.remember(session, damage.serving, damage.left, recording_id)
        recording.locked_until = stored.lock.retain_until if stored.lock else None
        session.add(recording)
        custody.record(
            session,
            CustodyAction.REPAIRED,
            at=now,
            actor=self._actor,
            subject_kind="recording",
            subject_id=recording_id,
            purpose=damage.why,
            damaged=str(damage.serving),
            version=str(reference),
            sha256=recording.sha256,
            origin=origin,
            locked_until=stored.lock.retain_until.isoformat() if stored.lock else None,
        )
        system_holds.release(
            session,
            recording_id,
            document=f"replacement {replacement.id}",
            reason="the bytes on record serve again, in a new version",
            at=now,
        )
        for kind in (JobKind.HOLD, JobKind.MANIFEST):
            jobs.add(session, recording_id, kind, now=now)
        return Repair(replaced=True, version=reference)


def _read_back(recording: Recording, reference: VersionReference, now: datetime) -> FixityCheck:
    return FixityCheck(
        recording_id=recording.id,
        at=now,
        outcome=FixityOutcome.INTACT,
        object_key=reference.key,
        object_version=reference.version_id,
        bytes_read=recording.size,
        sha256_found=recording.sha256,
    )


@contextlib.contextmanager
def _of_replica(replica: Replica) -> Iterator[None]:
    """Tell faults of the replica from those of our own store."""
    try:
        yield
    except StorageError as error:
        raise ReplicaAway(replica.where, str(error).rstrip(".")) from error


def _read(replica: Replica, other: ObjectStore, reference: VersionReference) -> Iterator[bytes]:
    with _of_replica(replica):
        chunks = other.read(reference)
    while True:
        with _of_replica(replica):
            chunk = next(chunks, None)
        if chunk is None:
            return
        yield chunk
