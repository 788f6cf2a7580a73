"""Putting on record what was found in the store and no recording speaks of: evidence whose securing was cut short.

     1 CLAIM   the content, as a securing does: whoever else is at it goes first
     2 LOCK    at least as long as a new original, and look what the store reports
     3 COMMIT  recording, sighting in the store, custody event, the job that follows; the claim goes

What is adopted was read back and digested by the caller just before.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote_to_bytes
from uuid import UUID

from sqlmodel import Session

from catalog.engine import Catalog
from catalog.errors import CatalogError
from catalog.repositories import claims, custody, jobs, recordings, register
from catalog.repositories.holdings import id_in
from catalog.tables import Recording, Sighting
from catalog.tables.custody import CustodyAction
from catalog.tables.jobs import JobKind
from catalog.types import new_id
from ingest.erase_decision import is_guarded
from ingest.errors import LockNotConfirmed
from ingest.intake_record import new_recording, storable
from ingest.naming import DeviceRegister, NameFacts, NamePattern, identify
from ingest.transactions import committed
from storage.contract import ObjectStore
from storage.digests import ContentDigests
from storage.model import Lock, LockMode, StoredVersion

SOURCE = "store"
"""The source of a sighting that was no card: the content was found in the store."""


@dataclass(frozen=True, slots=True)
class Found:
    """A version in the store that nobody put on record, and the digests of what was read back of it."""

    stored: StoredVersion
    digests: ContentDigests


class Adopter:
    """Puts found contents on record."""

    def __init__(
        self,
        catalog: Catalog,
        store: ObjectStore,
        *,
        identity: str,
        actor: str,
        clock: Callable[[], datetime],
        lock_for: Callable[[datetime], Lock],
        patterns: tuple[NamePattern, ...],
    ) -> None:
        self._catalog, self._store, self._patterns = catalog, store, patterns
        self._owner = f"{identity}#reconcile-{new_id()}"
        self._actor, self._clock, self._lock_for = actor, clock, lock_for

    def adopt(self, found: Found) -> UUID | None:
        """Put it on record and return its id; None if another is at it, or put this content on record meanwhile.

        Raises LockNotConfirmed, LockWouldShrink, StorageError, CatalogError; then nothing is on record.
        """
        if not committed(self._catalog, lambda session: self._claimed(session, found)):  # step 1
            return None
        try:
            locked = self._locked(found.stored)
            return committed(self._catalog, lambda session: self._put(session, found, locked))
        finally:
            self._let_go(found)

    def _claimed(self, session: Session, found: Found) -> bool:
        sha256 = found.digests.sha256.hexadecimal
        key, recording_id = found.stored.reference.key, self._id_for(session, found)
        claim = claims.claim(
            session, sha256, recording_id=recording_id, object_key=key, owner=self._owner, now=self._clock()
        )
        if claim.owner != self._owner:
            return False
        if recordings.by_sha256(session, sha256) is not None:
            claims.release_claims(session, [sha256])
            return False
        claims.move_claim(session, sha256, recording_id=recording_id, object_key=key)
        return True

    def _id_for(self, session: Session, found: Found) -> UUID:
        """The id in the key, as a securing would have given it, unless some recording has it already."""
        meant = id_in(found.stored.reference.key)
        return meant if meant is not None and not recordings.exists(session, meant) else new_id()

    def _locked(self, stored: StoredVersion) -> StoredVersion:  # step 2
        wanted = self._lock_for(self._clock())
        mode, until = wanted.mode, wanted.retain_until
        if stored.lock is not None:  # locks are only ever lengthened and strengthened
            mode = LockMode.COMPLIANCE if LockMode.COMPLIANCE in {mode, stored.lock.mode} else mode
            until = max(until, stored.lock.retain_until)
        self._store.extend_lock(stored.reference, Lock(mode, until))
        reported = self._store.head(stored.reference)
        soon_enough = reported.lock is not None and reported.lock.retain_until >= until - timedelta(seconds=1)
        if not soon_enough or not is_guarded(reported.lock, self._clock(), held=False):
            raise LockNotConfirmed(stored.reference)
        return reported

    def _put(self, session: Session, found: Found, locked: StoredVersion) -> UUID | None:  # step 3
        sha256, now = found.digests.sha256.hexadecimal, self._clock()
        known = recordings.by_sha256(session, sha256)
        if known is not None:  # by us, if a commit went through and nobody told us
            return known.id if known.object_version == locked.reference.version_id else None
        claim = claims.claim_of(session, sha256)
        if claim is None or claim.owner != self._owner:
            return None  # so slow that somebody took us for lost
        names = self._names(session, locked)
        recording = new_recording(names, found.digests, locked, claim.recording_id, now)
        session.add(recording)
        session.flush()
        recordings.add_sighting(session, _sighting(recording, names, locked, now))
        custody.record(
            session,
            CustodyAction.ADOPTED,
            at=now,
            actor=self._actor,
            subject_kind="recording",
            subject_id=recording.id,
            stored_as=str(locked.reference),
            stored_at=locked.stored_at.isoformat(),
            size=found.digests.size,
            sha256=sha256,
            sm3=recording.sm3,
            locked_until=locked.lock.retain_until.isoformat() if locked.lock else None,
            read_back=True,
            metadata=dict(locked.metadata),
        )
        jobs.add(session, recording.id, JobKind.PROBE, now=now)
        claims.release_claims(session, [sha256])
        return recording.id

    def _names(self, session: Session, stored: StoredVersion) -> NameFacts:
        """What the name said when it was secured, if it travelled with the bytes; else there is only the key."""
        known = DeviceRegister(register.known_serials(session), register.known_officer_codes(session))
        return identify(name_in(stored), self._patterns, known)

    def _let_go(self, found: Found) -> None:
        """A claim that did not lead to a recording says where the bytes lie, to whoever comes next."""
        sha256 = found.digests.sha256.hexadecimal
        with contextlib.suppress(CatalogError), self._catalog.writing() as session:
            standing = claims.claim_of(session, sha256)
            if standing is not None and standing.owner == self._owner:
                claims.let_lapse(session, standing)


def name_in(stored: StoredVersion) -> bytes:
    """The name of the file as its card spelled it; the last part of the key where nothing tells it."""
    told = unquote_to_bytes(stored.metadata.get("original-name", ""))
    return told or stored.reference.key.rpartition("/")[2].encode()


def _sighting(recording: Recording, names: NameFacts, stored: StoredVersion, now: datetime) -> Sighting:
    key = stored.reference.key
    return Sighting(
        recording_id=recording.id,
        source=SOURCE,
        path_bytes=key.encode(),
        path=key,
        name=names.name.text,
        name_encoding=names.name.encoding,
        folder=key.rpartition("/")[0],
        size=stored.size,
        modified_ns=storable(int(stored.stored_at.timestamp() * 1_000_000) * 1000),
        important=names.important,
        first_seen_at=now,
        last_seen_at=now,
    )
