"""Lengthening the locks of what lies in the bucket of the log, long before they end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from catalog.engine import Catalog
from catalog.repositories import custody_log
from catalog.tables import CustodyObject
from storage.contract import ObjectStore
from storage.errors import StorageError
from storage.model import Bucket, Lock, VersionReference

_log = structlog.get_logger(__name__)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class LogRenewal:
    """Of `objects` on record, `due` had locks that end soon; `renewed` were lengthened, `failed` were not."""

    objects: int
    due: int
    renewed: int
    failed: int


class LogLockRenewer:
    """`renewed` says which lock to set, given the present one and the time; None while the present one lasts."""

    def __init__(
        self,
        catalog: Catalog,
        store: ObjectStore,
        renewed: Callable[[Lock | None, datetime], Lock | None],
        *,
        margin: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self._catalog, self._store, self._renewed = catalog, store, renewed
        self._margin, self._clock = margin, clock

    def renew(self) -> LogRenewal:
        """One portion at a time, until none is due or none of a portion could be renewed. Raises CatalogError."""
        now = self._clock()
        due = renewed = failed = 0
        while True:
            with self._catalog.reading() as session:
                total = custody_log.count_objects(session)
                portion = custody_log.locks_ending_before(session, now + self._margin, at_most=_AT_ONCE)
            ended = [self._renew(each, now) for each in portion]
            due, renewed, failed = due + len(ended), renewed + ended.count(True), failed + ended.count(False)
            if len(portion) < _AT_ONCE or not any(ended):
                break
        if failed:
            _log.error("locks of the custody log could not be renewed", failed=failed, due=due)
        return LogRenewal(total, due, renewed, failed)

    def _renew(self, each: CustodyObject, now: datetime) -> bool:
        """Whether its lock lasts now, as the store itself says; the catalog only remembers."""
        reference = VersionReference(Bucket.CUSTODY, each.object_key, each.object_version)
        try:
            present = self._store.head(reference).lock
            wanted = self._renewed(present, now)
            standing = self._store.extend_lock(reference, wanted).lock if wanted is not None else present
        except StorageError as error:
            _log.error("a lock of the custody log could not be renewed", object=str(reference), reason=str(error))
            return False
        with self._catalog.writing() as session:
            custody_log.note_lock(session, each.id, standing.retain_until if standing else None)
        return standing is not None
