"""Whether the store holds each recording as the catalog says: there, of that size, locked as strongly and as long."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from catalog.engine import Catalog
from catalog.repositories import holdings, recordings
from catalog.repositories.holdings import Holding
from ingest.reconcile_model import Finding, FindingKind, FindingState, Tally
from storage.contract import ObjectStore
from storage.errors import StorageError, VersionNotFound
from storage.model import Bucket, LockMode, StoredVersion, VersionReference

_PAGE, _AT_ONCE = 500, 8
# Stores keep whole seconds: a lock that ends a second early is the one that was asked for.
_ROUNDING = timedelta(seconds=1)


def differing(catalog: Catalog, store: ObjectStore, clock: Callable[[], datetime], tally: Tally) -> Iterator[Finding]:
    """Yield what is not as recorded, by recording. Nothing is altered. Raises CatalogError."""
    with catalog.reading() as session:
        tally.recordings = recordings.count(session)
    after = None
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="reconcile") as threads:
        while True:
            with catalog.reading() as session:
                page = holdings.page(session, after=after, limit=_PAGE)
            if not page:
                return
            after = page[-1].recording_id
            for holding, answer in zip(page, threads.map(lambda each: _asked(store, each), page), strict=True):
                finding = _compared(holding, answer, clock())
                tally.recordings_looked_at += not isinstance(answer, StorageError) or isinstance(
                    answer, VersionNotFound
                )
                if finding is not None:
                    yield finding


def _asked(store: ObjectStore, holding: Holding) -> StoredVersion | StorageError:
    try:
        return store.head(_reference(holding))
    except StorageError as error:
        return error


def _compared(holding: Holding, answer: StoredVersion | StorageError, now: datetime) -> Finding | None:
    if isinstance(answer, VersionNotFound):
        return _open(holding, FindingKind.MISSING)
    if isinstance(answer, StorageError):
        return _open(holding, FindingKind.NOT_ASKED, str(answer))
    if answer.size != holding.size:
        return _open(holding, FindingKind.SIZE_DIFFERS, f"{answer.size} bytes instead of {holding.size}")
    return _lock_compared(holding, answer, now)


def _lock_compared(holding: Holding, answer: StoredVersion, now: datetime) -> Finding | None:
    until = answer.lock.retain_until if answer.lock else None
    if answer.lock is None or until is None or until <= now:
        return (
            None
            if answer.held or holding.may_lapse
            else _open(holding, FindingKind.NOT_LOCKED, f"over since {until}" if until else "")
        )
    if holding.locked_until is not None and until < holding.locked_until - _ROUNDING:
        return _open(holding, FindingKind.LOCK_SHORTER, f"{until.isoformat()}, not {holding.locked_until.isoformat()}")
    if holding.is_compliant and answer.lock.mode is not LockMode.COMPLIANCE:
        return _open(holding, FindingKind.LOCK_WEAKER, f"{answer.lock.mode}, not {LockMode.COMPLIANCE}")
    return None


def _reference(holding: Holding) -> VersionReference:
    return VersionReference(Bucket.ORIGINALS, holding.key, holding.version)


def _open(holding: Holding, kind: FindingKind, detail: str = "") -> Finding:
    return Finding(kind, FindingState.OPEN, _reference(holding), holding.recording_id, holding.size, detail=detail)
