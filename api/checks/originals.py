"""Whether originals still lie in the store: the newest and one at random, as the catalog remembers them.

It is no proof for the others, which `zhilu storage reconcile` looks at; but a store that was emptied, exchanged or
restored from long ago is noticed at once.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlmodel import Session

from api.checks.model import Check, CheckState
from api.engine_settings import StorageSettings
from api.engines import open_folder
from api.messages.translator import Fact
from api.runtime import home_of
from api.settings import Settings
from catalog.engine import Catalog
from catalog.repositories import holdings, recordings
from catalog.repositories.holdings import Holding
from storage.contract import ObjectStore
from storage.errors import VersionNotFound
from storage.local import LocalStore
from storage.model import Bucket, VersionReference
from storage.s3 import S3Store

_NAME = "originals"


def originals(settings: Settings, catalog: Catalog, now: datetime) -> Check:
    """Raises StorageError, CatalogError."""
    with catalog.reading() as session:
        total = recordings.count(session)
        chosen = _chosen(session)
    if not chosen:
        return Check(_NAME, CheckState.OK, text="check-originals-none")
    store = _opened(settings.storage, home_of(settings))
    for each in chosen:
        found = _fault(store, each, now)
        if found is not None:
            return found
    return Check(_NAME, CheckState.OK, {"recordings": total, "looked": len(chosen)})


def _chosen(session: Session) -> Sequence[Holding]:
    """The newest recording and another one. Ids sort by time, so it is the one that follows some moment."""
    span = holdings.span(session)
    if span is None:
        return []
    oldest, newest = (each.int for each in span)
    places = (newest, oldest + secrets.randbelow(newest - oldest + 1))
    found = (holdings.page(session, after=UUID(int=place - 1), limit=1) for place in places)
    return list({each.recording_id: each for portion in found for each in portion}.values())


def _opened(settings: StorageSettings, home: Path) -> ObjectStore | None:
    """The store; None where its folder is not there, since nothing is made here."""
    if settings.engine == "s3" and settings.s3 is not None:
        return S3Store(settings.s3)
    return open_folder(settings, home) if (home / "objects" / "objects").is_dir() else None


def _fault(store: ObjectStore | None, holding: Holding, now: datetime) -> Check | None:
    """What is wrong with it, None if nothing is."""
    reference = VersionReference(Bucket.ORIGINALS, holding.key, holding.version)
    facts: dict[str, Fact] = {"recording": str(holding.recording_id), "version": str(reference)}
    gone = Check(_NAME, CheckState.UNAVAILABLE, facts, text="check-originals-gone")
    if store is None:
        return gone
    try:
        stored = store.head(reference)
        size = store.local_path(reference).stat().st_size if isinstance(store, LocalStore) else stored.size
    except VersionNotFound:
        return gone
    if size != holding.size:
        sizes: dict[str, Fact] = {"size": size, "recorded": holding.size}
        return Check(_NAME, CheckState.UNAVAILABLE, facts | sizes, text="check-originals-size")
    if not stored.held and not holding.may_lapse and (stored.lock is None or stored.lock.retain_until <= now):
        return Check(_NAME, CheckState.ATTENTION, facts, text="check-originals-unlocked")
    return None
