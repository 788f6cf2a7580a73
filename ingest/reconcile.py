"""Reconciling store and catalog: what one has and the other does not know is found, and settled where that is safe.

    1 UPLOADS      unfinished ones of dead processes, by their age
    2 ORIGINALS    versions that no recording speaks of: under a claim or young, left alone; a copy of what is on record
                   (`surplus.py`); content that is not (`adopting.py`)
    3 DERIVATIVES  versions that no row speaks of, a day old: removed, since they can be made again; but not while a
                   job may be about to put them on record
    4 MANIFESTS    whose recording is not on record: told, never removed, since they may be all that is left
    5 RECORDINGS   whose version is not what the catalog says (`held_as_recorded.py`): told, nothing is altered
    6 CUSTODY      counted; written twice it does no harm, and nothing of it is ever removed

Without `settle` nothing is changed anywhere. Safe beside docks and workers, and may be killed and run again.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from catalog.engine import Catalog
from catalog.manifest.page_document import BELOW
from catalog.repositories import claims, holdings, recordings
from ingest.adopting import Adopter, Found
from ingest.errors import LockNotConfirmed
from ingest.held_as_recorded import differing
from ingest.reconcile_model import Finding, FindingKind, FindingState, Tally
from ingest.surplus import SurplusKeeper
from storage.contract import ObjectStore
from storage.digests import digest_chunks
from storage.errors import LockWouldShrink, StorageError, StoreMisconfigured, VersionLocked, VersionNotFound
from storage.model import Bucket, ListedVersion, VersionReference

# A securing reads back what it stored before it is on record; jobs put on record what they made when they are done.
GRACE_OF_ORIGINALS, GRACE_OF_DERIVATIVES = timedelta(hours=1), timedelta(days=1)
_CLOCK_SLACK = timedelta(minutes=5)
_BATCH = 500


class Reconciler:
    """One run over store and catalog; `tally` says afterwards how much was looked at."""

    def __init__(
        self,
        catalog: Catalog,
        store: ObjectStore,
        adopter: Adopter,
        surplus: SurplusKeeper,
        *,
        clock: Callable[[], datetime],
        sm3: bool,
        uploads_older_than: timedelta,
    ) -> None:
        self._catalog, self._store, self._adopter, self._surplus = catalog, store, adopter, surplus
        self._clock, self._sm3, self._uploads_older_than = clock, sm3, uploads_older_than
        self.tally = Tally()

    def run(self, *, settle: bool) -> Iterator[Finding]:
        """Yield what does not agree, as it is found. Raises CatalogError, StorageError: then run it again."""
        steps = (
            self._uploads(settle=settle),  # step 1
            self._originals(settle=settle),  # step 2
            self._derivatives(settle=settle),  # step 3
            self._manifests(),  # step 4
            differing(self._catalog, self._store, self._clock, self.tally),  # step 5
            self._custody(),  # step 6
        )
        for step in steps:
            for finding in step:
                self.tally.add(finding)
                yield finding

    # --- 1 ------------------------------------------------------------------------------------------------------

    def _uploads(self, *, settle: bool) -> Iterator[Finding]:
        count = self._store.sweep_abandoned(older_than=self._uploads_older_than, only_count=not settle)
        if count:
            state = FindingState.SETTLED if settle else FindingState.OPEN
            yield Finding(FindingKind.ABANDONED_UPLOADS, state, count=count)

    # --- 2 ------------------------------------------------------------------------------------------------------

    def _originals(self, *, settle: bool) -> Iterator[Finding]:
        for batch in self._batches(Bucket.ORIGINALS):
            keys = sorted({each.reference.key for each in batch})
            with self._catalog.reading() as session:
                listed = holdings.originals_among(session, keys)
            for each in batch:
                if _names(each.reference) not in listed:
                    yield from self._unlisted_original(each, settle=settle)

    def _unlisted_original(self, each: ListedVersion, *, settle: bool) -> Iterator[Finding]:
        reference, looked = each.reference, self.tally.buckets[Bucket.ORIGINALS]
        if self._clock() - each.stored_at < GRACE_OF_ORIGINALS:
            looked.young += 1
            return
        if self._is_claimed(reference):
            looked.claimed += 1
            return
        try:
            stored = self._store.head(reference)
            found = Found(stored, digest_chunks(self._store.read_back(reference), sm3=self._sm3))
        except VersionNotFound:  # gone since it was listed
            return
        except StorageError as error:
            looked.unreadable += 1
            yield Finding(FindingKind.UNREADABLE, FindingState.OPEN, reference, detail=str(error))
            return
        with self._catalog.reading() as session:
            known = recordings.by_sha256(session, found.digests.sha256.hexadecimal)
            on_record = recordings.versions(session, known) if known is not None else ()
        if known is None:
            yield self._unknown(found, settle=settle)
        elif reference not in on_record:  # else put on record since we asked
            yield self._surplus.look(stored, known, settle=settle)

    def _is_claimed(self, reference: VersionReference) -> bool:
        now = self._clock()
        with self._catalog.reading() as session:
            lease = holdings.claims_on(session, [reference.key]).get(reference.key)
        return lease is not None and now <= lease <= now + 2 * claims.CLAIM_LEASE

    def _unknown(self, found: Found, *, settle: bool) -> Finding:
        reference, size = found.stored.reference, found.stored.size
        if not settle:
            return Finding(FindingKind.UNKNOWN_CONTENT, FindingState.OPEN, reference, size=size)
        try:
            adopted = self._adopter.adopt(found)
        except (LockNotConfirmed, LockWouldShrink, StoreMisconfigured, VersionNotFound) as error:
            return Finding(FindingKind.UNKNOWN_CONTENT, FindingState.OPEN, reference, size=size, detail=str(error))
        if adopted is None:
            why = "another process is just securing this content"
            return Finding(FindingKind.UNKNOWN_CONTENT, FindingState.WAITING, reference, size=size, detail=why)
        return Finding(FindingKind.UNKNOWN_CONTENT, FindingState.SETTLED, reference, adopted, size)

    # --- 3 ------------------------------------------------------------------------------------------------------

    def _derivatives(self, *, settle: bool) -> Iterator[Finding]:
        for batch in self._batches(Bucket.DERIVATIVES):
            keys = sorted({each.reference.key for each in batch})
            with self._catalog.reading() as session:
                listed = holdings.derivatives_among(session, Bucket.DERIVATIVES, keys)
            for each in batch:
                if _names(each.reference) not in listed:
                    yield from self._unlisted_derivative(each, settle=settle)

    def _unlisted_derivative(self, each: ListedVersion, *, settle: bool) -> Iterator[Finding]:
        kind, age = FindingKind.UNLISTED_DERIVATIVE, self._clock() - each.stored_at
        if age < -_CLOCK_SLACK:
            why = f"stored at {each.stored_at:%Y-%m-%d %H:%M:%S} UTC, which is yet to come: set the clocks"
            yield Finding(kind, FindingState.OPEN, each.reference, size=each.size, detail=why)
        elif age < GRACE_OF_DERIVATIVES:
            self.tally.buckets[Bucket.DERIVATIVES].young += 1
        elif not settle:
            yield Finding(kind, FindingState.OPEN, each.reference, size=each.size)
        else:
            yield from self._settled_derivative(each)

    def _settled_derivative(self, each: ListedVersion) -> Iterator[Finding]:
        kind, reference = FindingKind.UNLISTED_DERIVATIVE, each.reference
        # The batch was read a while ago, and ages depend on clocks: what may be on record by now, or soon, stays.
        with self._catalog.reading() as session:
            if _names(reference) in holdings.derivatives_among(session, reference.bucket, [reference.key]):
                return
            being_made = holdings.is_being_made(session, reference.key)
        if being_made:
            why = "a job may just be making it"
            yield Finding(kind, FindingState.WAITING, reference, size=each.size, detail=why)
            return
        try:
            self._store.delete_version(reference)
        except VersionNotFound:
            return
        except VersionLocked as error:
            yield Finding(kind, FindingState.WAITING, reference, size=each.size, detail=str(error))
            return
        self.tally.removed_bytes += each.size
        yield Finding(kind, FindingState.SETTLED, reference, size=each.size)

    # --- 4 ------------------------------------------------------------------------------------------------------

    def _manifests(self) -> Iterator[Finding]:
        for batch in self._batches(Bucket.MANIFESTS):
            keys = sorted({each.reference.key for each in batch})
            with self._catalog.reading() as session:
                known = {key for key, _version in holdings.originals_among(session, keys)}
            for each in batch:
                if each.reference.key not in known and not each.reference.key.startswith(BELOW):
                    yield Finding(FindingKind.LONELY_MANIFEST, FindingState.OPEN, each.reference, size=each.size)

    # --- 6 ------------------------------------------------------------------------------------------------------

    def _custody(self) -> Iterator[Finding]:
        """Counted alone: what a killed process left there repeats what is on record; nothing is removed."""
        for _batch in self._batches(Bucket.CUSTODY):
            yield from ()

    def _batches(self, bucket: Bucket) -> Iterator[list[ListedVersion]]:
        looked = self.tally.buckets[bucket]
        versions = self._store.list_references(bucket)
        while batch := list(islice(versions, _BATCH)):
            looked.listed += len(batch)
            yield batch


def _names(reference: VersionReference) -> holdings.KeyAndVersion:
    return reference.key, reference.version_id
