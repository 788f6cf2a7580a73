"""Carrying out the renewal of locks: says how many it looked at, so that "all renewed" is never "none looked at"."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from catalog.engine import Catalog
from catalog.errors import CatalogError
from catalog.repositories import custody, recordings
from catalog.repositories.recordings import EndingLock
from catalog.unforeseen import Unforeseen
from retention.locks import LockSettings, renewed_lock
from storage.contract import ObjectStore
from storage.errors import StorageError
from storage.model import Bucket, VersionReference

PORTION = 500
"""How many due recordings are held in memory at a time."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Renewal:
    """Of `recordings` on record, `due` had locks that end soon; `renewed` were lengthened, `failed` were not."""

    recordings: int
    due: int
    renewed: int
    failed: int


class LockRenewer:
    def __init__(
        self, catalog: Catalog, store: ObjectStore, settings: LockSettings, *, clock: Callable[[], datetime]
    ) -> None:
        self._catalog, self._store, self._settings, self._clock = catalog, store, settings, clock
        self._unforeseen = Unforeseen("a lock could not be renewed")

    def renew(self) -> Renewal:
        """Lengthen what ends soon. A lock that cannot be renewed is counted, and tried again next time: whatever is the
        matter with one, the others get theirs. Raises CatalogError where it cannot be told which are due.
        """
        now = self._clock()
        with self._catalog.reading() as session:
            total = recordings.count(session)
        due = renewed = failed = 0
        for each in self._due(now + self._settings.renewal_margin):
            due += 1
            reference = VersionReference(Bucket.ORIGINALS, each.key, each.version)
            try:
                renewed += self._renew(each.recording_id, reference, now)
            except (StorageError, CatalogError) as error:
                failed += 1
                _log.error("a lock could not be renewed", recording=str(each.recording_id), reason=str(error))
            except Exception as error:  # noqa: BLE001 - one recording must not cost the others their locks
                failed += 1
                self._unforeseen.met(error)
        return Renewal(total, due, renewed, failed)

    def _due(self, soon: datetime) -> Iterator[EndingLock]:
        """A portion at a time: those that could not be renewed stay due, and are not met again in this round."""
        last: EndingLock | None = None
        while True:
            with self._catalog.reading() as session:
                portion = recordings.locked_until_before(session, soon, after=last, at_most=PORTION)
            yield from portion
            if len(portion) < PORTION:
                return
            last = portion[-1]

    def _renew(self, recording_id: UUID, reference: VersionReference, now: datetime) -> bool:
        """Lengthen one lock if the store itself says that it is due; the catalog only remembers."""
        present = self._store.head(reference).lock
        wanted = renewed_lock(self._settings, present, now)
        standing = self._store.extend_lock(reference, wanted).lock if wanted is not None else present
        with self._catalog.writing() as session:
            if wanted is not None and standing is not None:
                custody.lock_extended(session, recording_id, standing, at=now)
            else:
                recordings.note_lock(session, recording_id, standing.retain_until if standing else None)
        return wanted is not None

    def renew_or_log(self) -> Renewal | None:
        """As `renew`, for a timer: an unavailable engine is logged (None) and met again next time."""
        try:
            outcome = self.renew()
        except (CatalogError, StorageError) as error:
            _log.error("locks could not be looked at", reason=str(error))
            return None
        _log.log(
            logging.ERROR if outcome.failed else logging.INFO,
            "locks were looked at, and some could not be renewed" if outcome.failed else "locks were looked at",
            recordings=outcome.recordings,
            due=outcome.due,
            renewed=outcome.renewed,
            failed=outcome.failed,
        )
        return outcome
