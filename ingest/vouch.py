"""Vouching again for a content that is on record, as for a new one: read back, and under a lock that lasts for a while.

A card may be docked years after its first sight, days before the lock is over. What a source is erased on must not end
with the week, so the lock is lengthened first, as the renewal would (retention/renewal.py), and read again.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from sqlmodel import Session

from catalog.repositories import custody
from catalog.tables import Recording
from ingest.erase_decision import LOCK_AHEAD, is_guarded, lasts, serves
from ingest.errors import LockNotConfirmed, OriginalDamaged
from ingest.intake_record import Vouched
from storage.contract import ObjectStore
from storage.digests import ContentDigests, digest_chunks
from storage.errors import LockWouldShrink, StoreMisconfigured, VersionNotFound
from storage.model import Lock, StoredVersion, VersionReference

# A receipt must serve for as long as it is valid; and a lock that is short by the settings is lengthened no oftener.
_SPARE = timedelta(hours=1)


def vouch(
    store: ObjectStore,
    known: Recording,
    reference: VersionReference,
    digests: ContentDigests,
    *,
    clock: Callable[[], datetime],
    lock_for: Callable[[datetime], Lock],
    on_chunk: Callable[[], None] = lambda: None,
) -> Vouched:
    """Raises OriginalDamaged unless the version that serves is still these bytes and still guarded.

    `on_chunk` is told while it does: reading back a large one takes its time.
    Raises LockNotConfirmed where their lock ends soon and cannot be lengthened, StorageError.
    """
    try:
        back = store.read_back(reference)
        found = digest_chunks(_telling(back, on_chunk), sm3=False)
        reported = back.stored()
    except VersionNotFound as error:
        raise OriginalDamaged(str(known.id), reference) from error
    now = clock()
    same = (found.size, found.sha256) == (digests.size, digests.sha256)
    if not same or not is_guarded(reported.lock, now, held=reported.held):
        raise OriginalDamaged(str(known.id), reference)
    wanted = _longer(reported.lock, lock_for(now), now)
    if wanted is None:
        return Vouched(reported, clock(), found)
    return Vouched(_lengthened(store, reference, wanted), clock(), found, lengthened=True)


def _telling(chunks: Iterable[bytes], on_chunk: Callable[[], None]) -> Iterator[bytes]:
    for chunk in chunks:
        on_chunk()
        yield chunk


def _longer(present: Lock | None, first: Lock, now: datetime) -> Lock | None:
    """The lock to ask for, None where the present one lasts, or where a hold alone guards. Its mode stays."""
    enough = min(LOCK_AHEAD, first.retain_until - now - 2 * _SPARE) + _SPARE
    if present is None or lasts(present, now, enough):
        return None
    return Lock(present.mode, max(present.retain_until, first.retain_until))


def _lengthened(store: ObjectStore, reference: VersionReference, wanted: Lock) -> StoredVersion:
    try:
        with contextlib.suppress(LockWouldShrink):  # another has just made it longer still
            store.extend_lock(reference, wanted)
    except StoreMisconfigured as error:  # new contents are locked all the same: no reason to stop them
        raise LockNotConfirmed(reference) from error
    reported = store.head(reference)
    if not serves(reported.lock, wanted):
        raise LockNotConfirmed(reference)
    return reported


def note_lengthened(session: Session, known: Recording, vouched: Vouched, *, now: datetime) -> None:
    """Put on record that the lock was lengthened, where it was."""
    lock = vouched.stored.lock
    if lock is not None and vouched.lengthened:
        custody.lock_extended(session, known.id, lock, at=now)
