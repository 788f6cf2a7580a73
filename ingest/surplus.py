"""Copies beyond the one on record: put on the custody log once, and removed as soon as nothing guards them.

They come from a process so slow that another took its claim, or from a put whose answer was lost. A lock is never
bypassed: the copy waits until it is over. And none is removed before the copy on record was read back.
"""

from collections.abc import Callable
from datetime import datetime

from catalog.engine import Catalog
from catalog.repositories import custody, recordings
from catalog.tables import Recording
from catalog.tables.custody import CustodyAction
from ingest.erase_decision import is_guarded
from ingest.reconcile_model import Finding, FindingKind, FindingState
from storage.contract import ObjectStore
from storage.digests import digest_chunks
from storage.errors import StorageError, VersionLocked, VersionNotFound
from storage.model import StoredVersion


class SurplusKeeper:
    """Settles copies beyond the one on record."""

    def __init__(self, catalog: Catalog, store: ObjectStore, *, actor: str, clock: Callable[[], datetime]) -> None:
        self._catalog, self._store, self._actor, self._clock = catalog, store, actor, clock

    def look(self, stored: StoredVersion, known: Recording, *, settle: bool) -> Finding:
        """What is the matter with this copy; with `settle` carry it as far as it goes. Raises CatalogError."""
        noted = self._is_noted(stored, known)
        if settle and not noted:
            self._note(CustodyAction.SURPLUS_FOUND, stored, known)
            noted = True
        if is_guarded(stored.lock, self._clock(), held=stored.held):
            return _finding(stored, known, FindingState.WAITING if noted else FindingState.OPEN, _guard(stored))
        if not settle:
            return _finding(stored, known, FindingState.OPEN, "nothing guards it any more")
        if not self._is_sound(known):
            return _finding(stored, known, FindingState.OPEN, "kept, since the version on record is not what it was")
        try:
            self._store.delete_version(stored.reference)
        except VersionLocked as error:
            return _finding(stored, known, FindingState.WAITING, str(error))
        except VersionNotFound:
            return _finding(stored, known, FindingState.SETTLED, "gone")
        self._note(CustodyAction.SURPLUS_REMOVED, stored, known)
        return _finding(stored, known, FindingState.SETTLED, "removed")

    def _is_noted(self, stored: StoredVersion, known: Recording) -> bool:
        with self._catalog.reading() as session:
            return any(
                event.action is CustodyAction.SURPLUS_FOUND and event.details.get("version") == str(stored.reference)
                for event in custody.of_subject(session, known.id)
            )

    def _note(self, action: CustodyAction, stored: StoredVersion, known: Recording) -> None:
        with self._catalog.writing() as session:
            custody.record(
                session,
                action,
                at=self._clock(),
                actor=self._actor,
                subject_kind="recording",
                subject_id=known.id,
                version=str(stored.reference),
                size=stored.size,
                sha256=known.sha256,
                stored_at=stored.stored_at.isoformat(),
                locked_until=stored.lock.retain_until.isoformat() if stored.lock else None,
            )

    def _is_sound(self, known: Recording) -> bool:
        """Whether the store still gives back the version that serves, byte for byte, and guards it."""
        with self._catalog.reading() as session:
            reference = recordings.serving(session, known)
        try:
            digests = digest_chunks(self._store.read_back(reference), sm3=False)
            standing = self._store.head(reference)
        except StorageError:
            return False
        same = (digests.size, digests.sha256.hexadecimal) == (known.size, known.sha256)
        return same and is_guarded(standing.lock, self._clock(), held=standing.held)


def _guard(stored: StoredVersion) -> str:
    if stored.held or stored.lock is None:
        return "held"
    return f"locked until {stored.lock.retain_until:%Y-%m-%d %H:%M:%S} UTC"


def _finding(stored: StoredVersion, known: Recording, state: FindingState, detail: str) -> Finding:
    return Finding(FindingKind.SURPLUS, state, stored.reference, known.id, stored.size, detail=detail)
