"""Store and catalog of one test, embedded and at scale, and what reconciles them an hour or a day later."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from catalog.engine import Catalog
from catalog.tables import CustodyEvent, Recording
from catalog.types import new_id
from ingest.adopting import Adopter
from ingest.intake import IntakeDesk, IntakeResult
from ingest.naming import load_patterns
from ingest.process_identity import own_identity
from ingest.reconcile import Reconciler
from ingest.reconcile_model import Finding, Tally
from ingest.secure import Securer, SecureSettings
from ingest.surplus import SurplusKeeper
from retention.locks import LockSettings, first_lock
from storage.contract import ABANDONED_AFTER, ObjectStore
from storage.local import LocalStore
from storage.model import Bucket, Lock, LockMode, StoredVersion
from storage.s3 import S3Store
from tests.conftest import real_clock
from tests.databases import migrated_postgresql, migrated_sqlite
from tests.engines import MigratedPostgresql, MigratedSqlite
from tests.storage.conftest import bare_settings, s3_client, s3_server

__all__ = ["bare_settings", "migrated_postgresql", "migrated_sqlite", "s3_client", "s3_server"]
LATER = timedelta(hours=2)


@dataclass(frozen=True)
class Archive:
    """Engines of one test. `clock` is that of whoever reconciles: ahead, so that nothing is too young for it."""

    catalog: Catalog
    store: ObjectStore
    folder: Path
    clock: Callable[[], datetime] = field(default=lambda: real_clock() + LATER)

    def at(self, ahead: timedelta) -> "Archive":
        return replace(self, clock=lambda: real_clock() + ahead)

    def securer(self) -> Securer:
        return Securer(
            self.catalog,
            self.store,
            SecureSettings(),
            identity=own_identity(),
            clock=real_clock,
            lock_for=lambda now: first_lock(LockSettings(), now),
        )

    def take(self, path: Path) -> list[IntakeResult]:
        desk = IntakeDesk(self.catalog, self.securer(), load_patterns([]))
        return list(desk.take_all([bytes(path)], actor="tests"))

    def file(self, content: bytes, name: str = "a.mp4") -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def put(
        self,
        content: bytes,
        *,
        bucket: Bucket = Bucket.ORIGINALS,
        key: str | None = None,
        lock: timedelta | None = timedelta(days=1),
        metadata: dict[str, str] | None = None,
    ) -> StoredVersion:
        until = Lock(LockMode.GOVERNANCE, real_clock() + lock) if lock else None
        with self.store.upload(bucket, key or f"2026/03/02/{new_id()}", lock=until, metadata=metadata) as upload:
            upload.write(content)
            return upload.complete()

    def reconcile(
        self, *, settle: bool, uploads_older_than: timedelta = ABANDONED_AFTER
    ) -> tuple[list[Finding], Tally]:
        reconciler = self.reconciler(uploads_older_than)
        return list(reconciler.run(settle=settle)), reconciler.tally

    def reconciler(self, uploads_older_than: timedelta = ABANDONED_AFTER) -> Reconciler:
        adopter = Adopter(
            self.catalog,
            self.store,
            identity=own_identity(),
            actor="li",
            clock=self.clock,
            lock_for=lambda now: first_lock(LockSettings(), now),
            patterns=tuple(load_patterns([])),
        )
        return Reconciler(
            self.catalog,
            self.store,
            adopter,
            SurplusKeeper(self.catalog, self.store, actor="li", clock=self.clock),
            clock=self.clock,
            sm3=True,
            uploads_older_than=uploads_older_than,
        )

    def rows(self, table: type[Any]) -> list[Any]:
        with self.catalog.reading() as session:
            return list(session.exec(select(table)).all())

    def add(self, row: Any) -> None:
        with self.catalog.writing() as session:
            session.add(row)

    def actions(self, subject: UUID | None = None) -> list[str]:
        events: list[CustodyEvent] = self.rows(CustodyEvent)
        return [event.action.value for event in events if subject in (None, event.subject_id)]

    def recording(self) -> Recording:
        (found,) = self.rows(Recording)
        return found

    def versions(self, bucket: Bucket = Bucket.ORIGINALS) -> list[StoredVersion]:
        return list(self.store.list_versions(bucket))


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture(params=["embedded", pytest.param("at scale", marks=pytest.mark.s3)])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Archive]:
    """SQLite with a folder, and PostgreSQL with S3."""
    if request.param == "embedded":
        sqlite: MigratedSqlite = request.getfixturevalue("migrated_sqlite")
        catalog = Catalog(sqlite.copy(tmp_path))
        yield Archive(catalog, LocalStore(tmp_path / "objects"), tmp_path)
        catalog.close()
        return
    server: MigratedPostgresql = request.getfixturevalue("migrated_postgresql")
    store = S3Store(request.getfixturevalue("bare_settings"))
    store.create_buckets()
    with server.copy() as address:
        catalog = Catalog(address)
        yield Archive(catalog, store, tmp_path)
        catalog.close()
