"""The secure protocol: how a file on a card becomes an original that is durable, locked, read back and on record.

     1 OPEN       the source: a regular file, links not followed; size and time noted
     2 KNOWN      only if some recording has this very size: hash first, so that a duplicate is never uploaded. Not
                  where the store sends nothing before step 6 anyway
     3 UPLOAD     read once: SHA-256 while the parts go up, invisible and unlocked so far
     4 SOURCE     the source still has the size and time of step 1
     5 CLAIM      the content in the catalog: known by now? then a sighting. Left by a dead process? then its bytes
     6 COMPLETE   the upload: durable, locked, visible
     7 READ BACK  from the medium and compare; SM3 of what comes back, which is what was read in step 3 since their
                  SHA-256 are the same; read the lock as the store reports it. So too before a known content is
                  vouched for again
     8 COMMIT     recording, sighting, receipt, custody events and the job that follows: one transaction; the claim goes
     9 RECEIPT    handed out: what was secured as which version, read back when, under which lock as the store reported
                  it. What the source may be erased on (ingest/erase.py)

Killed before 6: nothing is visible, the sweep removes the traces. Killed between 6 and 8: the claim tells the next
process where the bytes already lie; they are read back and put on record, not stored twice. Killed after 8: the
next process sees a duplicate.

A content whose recording was disposed of, or is just going, counts as never known: it is secured anew, as a recording
of its own (infra/decisions/0014-disposed-content-comes-again.md).
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from catalog.engine import Catalog
from catalog.repositories import claims, recordings
from ingest.claiming import Claimant, Place
from ingest.erase_decision import serves
from ingest.errors import ContentLeaving, LockNotConfirmed, OriginalDamaged, StoredCopyDiffers
from ingest.gathered import Gathered
from ingest.intake_record import (
    Fresh,
    HeldReceipt,
    Intake,
    Sight,
    Vouched,
    already_committed,
    commit_recordings,
    commit_sighting,
    origin,
)
from ingest.progress import Progress, Step
from ingest.source import SourceFile, open_source
from ingest.transactions import committed
from ingest.vouch import note_lengthened, vouch
from storage.contract import ObjectStore, Upload
from storage.digests import ContentDigests, ContentHasher
from storage.errors import LockWouldShrink, StorageError, StoreMisconfigured
from storage.model import Bucket, Lock, LockMode, VersionReference


class Outcome(StrEnum):
    SECURED = "secured"
    DUPLICATE = "duplicate"


class SecureSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    sm3: bool = Field(default=True, description="also compute SM3 (GB/T 32905-2016)")
    busy_wait_seconds: float = Field(default=120.0, ge=0)


@dataclass(frozen=True, slots=True)
class Secured:
    """What the catalog and the store vouch for: this content, from this place, is secured.

    No receipt only where a known content is held without any lock.
    """

    outcome: Outcome
    recording_id: UUID
    digests: ContentDigests
    receipt: HeldReceipt | None


_QUIET = Progress()


class Securer:
    """Carries out the protocol. One instance serves many threads."""

    def __init__(
        self,
        catalog: Catalog,
        store: ObjectStore,
        settings: SecureSettings,
        *,
        identity: str,
        clock: Callable[[], datetime],
        lock_for: Callable[[datetime], Lock],
    ) -> None:
        """`lock_for` gives the first lock of what is secured now; `identity` is `own_identity()` of this process."""
        self._catalog, self._store, self._settings = catalog, store, settings
        self._clock, self._lock_for = clock, lock_for
        self._claimant = Claimant(catalog, identity, clock, busy_wait_seconds=settings.busy_wait_seconds)
        self._committing: Gathered[Fresh, HeldReceipt | None] = Gathered(catalog, self._put_on_record)

    def secure(self, intake: Intake, progress: Progress = _QUIET) -> Secured:
        """Secure one file. Raises SourceError, SecuringError, StorageError, CatalogError; then nothing is on record."""
        progress.on_step(Step.OPEN)
        with contextlib.ExitStack() as opened:
            with progress.card():
                source = opened.enter_context(open_source(intake.path, intake.below))
            sight = Sight(intake, source.facts, source.identity)
            known: Secured | None = None
            if not self._store.holds_back(source.facts.size):
                progress.on_step(Step.KNOWN)
                known = self._known_duplicate(source, sight, progress)
            return known or self._store_original(source, sight, progress)

    def _store_original(self, source: SourceFile, sight: Sight, progress: Progress) -> Secured:
        now = self._clock()
        lock = self._lock_for(now)
        own = Place.new(now, self._claimant.name)
        with (
            self._claimant.at_work(own),
            self._store.upload(
                Bucket.ORIGINALS,
                own.key,
                lock=lock,
                metadata=origin(sight.intake),
                size=source.facts.size,
                again=source.again,
            ) as upload,
        ):
            progress.on_step(Step.UPLOAD)
            digests = self._digest(source, progress, upload)
            progress.on_step(Step.SOURCE)
            with progress.card():
                source.check_unchanged()
            progress.on_step(Step.CLAIM)
            claimed = self._claimant.claim(digests, own, progress)
            if claimed is None:
                return self._sighted(sight, digests, progress)
            with self._claimant.let_lapse_on_failure(digests, own):
                vouched = self._adopt(claimed, own, digests, lock, progress)
                if vouched is None:
                    claimed = own
                    vouched = self._complete(upload, digests, lock, own, progress)
                progress.on_step(Step.COMMIT)
                receipt = self._committing.carry_out(Fresh(sight, vouched, claimed.recording_id))
            if receipt is None:
                # Somebody who held the claim before us came back to life and was first.
                return self._sighted(sight, digests, _QUIET)
        progress.on_step(Step.RECEIPT)
        return Secured(Outcome.SECURED, claimed.recording_id, vouched.digests, receipt)

    # --- steps ----------------------------------------------------------------------------------------------

    def _known_duplicate(self, source: SourceFile, sight: Sight, progress: Progress) -> Secured | None:
        with self._catalog.reading() as session:
            possible = recordings.size_is_known(session, source.facts.size)
        if not possible:
            return None
        # Not counted twice, but told: else hashing a large file looks like a card that has died.
        alive = Progress(on_bytes=lambda _count: progress.on_step(Step.KNOWN), on_card=progress.on_card)
        digests = self._digest(source, alive, None)
        with self._catalog.reading() as session:
            known = recordings.by_sha256(session, digests.sha256.hexadecimal)
        if known is None:
            return None
        progress.on_bytes(digests.size)
        with contextlib.suppress(ContentLeaving):  # then it is stored anew, like one that was never known
            return self._sighted(sight, digests, progress)
        return None

    def _digest(self, source: SourceFile, progress: Progress, upload: Upload | None) -> ContentDigests:
        def space(at_most: int) -> memoryview | None:
            if upload is None:
                return None
            with progress.engine():
                return upload.space(at_most)

        with ContentHasher(sm3=False) as hasher, progress.card():
            for chunk in source.chunks(space):
                hasher.update(chunk)
                if upload is not None:
                    with progress.engine():
                        upload.write(chunk)
                progress.on_bytes(len(chunk))
            return hasher.digests()

    def _adopt(
        self, claimed: Place, own: Place, digests: ContentDigests, lock: Lock, progress: Progress
    ) -> Vouched | None:
        """Find what an earlier owner of the claim already completed; None if there is nothing that serves."""
        if claimed.key == own.key:
            return None
        for stored in self._store.list_versions(Bucket.ORIGINALS, claimed.key):
            if stored.reference.key != claimed.key or stored.size != digests.size:
                continue
            try:
                locked = self._store.extend_lock(stored.reference, _at_least(stored.lock, lock))
                return self._read_back(locked.reference, digests, lock, own, progress)
            except (StoredCopyDiffers, LockNotConfirmed, LockWouldShrink, StoreMisconfigured):
                continue  # it stays where it is, locked; what we hold ourselves is stored beside it
        self._claimant.move(claimed, own, digests)
        return None

    def _complete(self, upload: Upload, digests: ContentDigests, lock: Lock, own: Place, progress: Progress) -> Vouched:
        progress.on_step(Step.COMPLETE)
        if not self._store.holds_back(digests.size):
            reference = upload.complete().reference
            progress.on_step(Step.READ_BACK)
            return self._read_back(reference, digests, lock, own, progress)
        # What is read back in one answer is looked at once, there. Only if that is not as it should be, again.
        reference = upload.make()
        progress.on_step(Step.READ_BACK)
        try:
            return self._read_back(reference, digests, lock, own, progress)
        except LockNotConfirmed:
            upload.confirm(reference)
            return self._read_back(reference, digests, lock, own, progress)

    def _read_back(
        self, reference: VersionReference, digests: ContentDigests, lock: Lock, own: Place, progress: Progress
    ) -> Vouched:
        renewed = self._clock()
        with ContentHasher(sm3=self._settings.sm3) as hasher:
            back = self._store.read_back(reference)
            for chunk in back:
                hasher.update(chunk)
                progress.on_card(False)  # told again: to read a large one back takes its time
                now = self._clock()
                if now - renewed > claims.CLAIM_LEASE / 4:
                    renewed = now
                    self._claimant.renew(digests, own, now)
            found = hasher.digests()
        if (found.size, found.sha256) != (digests.size, digests.sha256):
            raise StoredCopyDiffers(reference)
        reported = back.stored()
        if not serves(reported.lock, lock):
            raise LockNotConfirmed(reference)
        return Vouched(reported, self._clock(), found)

    def _put_on_record(self, session: Session, wanted: Sequence[Fresh]) -> Sequence[HeldReceipt | None]:
        """None for a content that somebody else has put on record before. None of them needs a claim any more."""
        told = commit_recordings(session, wanted, now=self._clock())
        claims.release_claims(session, [each.vouched.digests.sha256.hexadecimal for each in wanted])
        return told

    def _sighted(self, sight: Sight, digests: ContentDigests, progress: Progress) -> Secured:
        """A known content is only vouched for again once its stored version was read back, as a new one would be."""
        progress.on_step(Step.READ_BACK)
        with self._catalog.reading() as session:
            known = recordings.by_sha256(session, digests.sha256.hexadecimal)
            serving = recordings.serving(session, known) if known is not None else None
        if known is None or serving is None:
            raise ContentLeaving(digests.sha256.hexadecimal)
        with self._unless_leaving(known.id):
            vouched = vouch(
                self._store,
                known,
                serving,
                digests,
                clock=self._clock,
                lock_for=self._lock_for,
                on_chunk=lambda: progress.on_card(False),
            )
        progress.on_step(Step.COMMIT)

        def put(session: Session) -> HeldReceipt | None:
            if (done := already_committed(session, sight, vouched)) is not None:
                return done
            # Here and not before: no receipt is given for bytes whose deletion was ordered while they were read back.
            row, now = recordings.staying(session, known.id), self._clock()
            if row is None:
                raise ContentLeaving(str(known.id))
            note_lengthened(session, row, vouched, now=now)
            return commit_sighting(session, sight, row, vouched, now=now)

        receipt = committed(self._catalog, put)
        progress.on_step(Step.RECEIPT)
        return Secured(Outcome.DUPLICATE, known.id, digests, receipt)

    @contextlib.contextmanager
    def _unless_leaving(self, recording_id: UUID) -> Iterator[None]:
        """What cannot be vouched for because it is lawfully going is no damage. Raises ContentLeaving."""
        try:
            yield
        except (OriginalDamaged, StorageError) as error:
            with self._catalog.reading() as session:
                if recordings.get(session, recording_id).leaving_since is None:
                    raise
            raise ContentLeaving(str(recording_id)) from error


def _at_least(standing: Lock | None, wanted: Lock) -> Lock:
    """The lock to ask for where one lies already: locks are only ever lengthened and strengthened."""
    if standing is None:
        return wanted
    mode = standing.mode if wanted.mode is LockMode.GOVERNANCE else wanted.mode
    return Lock(mode, max(standing.retain_until, wanted.retain_until))
