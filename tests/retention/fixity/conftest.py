"""An archive of which some bytes are not what they were, embedded and at scale, and a replica beside it."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from minio import Minio
from sqlmodel import select

from catalog.engine import Catalog
from catalog.tables import CustodyEvent, FixityCheck, Hold, Recording, Replacement
from catalog.tables.custody import CustodyAction
from retention.fixity import Checked, FixityReader
from retention.fixity_plan import FixitySettings
from retention.fixity_repair import Repairer, Replica
from storage.contract import ObjectStore
from storage.local import LocalStore
from storage.model import Bucket, Lock, LockMode, VersionReference
from storage.s3 import S3Settings, S3Store
from tests import rows
from tests.databases import migrated_postgresql, migrated_sqlite
from tests.engines import MigratedPostgresql, MigratedSqlite
from tests.rows import NOW
from tests.sealing import check_sealed
from tests.storage.conftest import bare_settings, s3_client, s3_server

__all__ = ["bare_settings", "migrated_postgresql", "migrated_sqlite", "s3_client", "s3_server"]

DAY = timedelta(days=1)
STORED_AT = NOW - 100 * DAY
LOCKED_UNTIL = datetime.max.replace(year=2027, tzinfo=NOW.tzinfo, microsecond=0)


@dataclass
class Archive:
    """A store and a catalog that speaks of it. `now` goes on by a millisecond with each look at it."""

    catalog: Catalog
    store: ObjectStore
    folder: Path
    now: datetime = NOW
    settings: FixitySettings = field(default_factory=lambda: FixitySettings(within_days=90))

    def clock(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def secure(
        self, content: bytes, *, stored: bytes | None = None, secured_at: datetime = STORED_AT, key: str | None = None
    ) -> UUID:
        """Put a content on record, of which the store holds `stored`."""
        row = rows.recording(sha256=hashlib.sha256(content).hexdigest(), size=len(content), secured_at=secured_at)
        row.object_key = key or row.object_key
        row.object_version = self.put(self.store, row.object_key, content if stored is None else stored).version_id
        row.locked_until = LOCKED_UNTIL
        with self.catalog.writing() as session:
            rows.add(session, row)
        return row.id

    def put(self, store: ObjectStore, key: str, content: bytes) -> VersionReference:
        lock = Lock(LockMode.GOVERNANCE, LOCKED_UNTIL)
        with store.upload(Bucket.ORIGINALS, key, lock=lock, size=len(content)) as upload:
            upload.write(content)
            return upload.complete().reference

    def replica(self, contents: dict[UUID, bytes]) -> Replica:
        """A second store that holds these under the same keys."""
        store = LocalStore(self.folder / "replica")
        for recording_id, content in contents.items():
            self.put(store, self.recording(recording_id).object_key, content)
        return Replica("the replica", lambda: store)

    def repairer(self, replica: Replica | None) -> Repairer:
        return Repairer(
            self.catalog,
            self.store,
            replica,
            lock_for=lambda now: Lock(LockMode.GOVERNANCE, now + DAY),
            clock=self.clock,
        )

    def reader(
        self,
        *,
        replica: Replica | None = None,
        identity: str = "one",
        rest: Callable[[float], bool] = lambda _seconds: False,
        on_check: Callable[[Checked], None] = lambda _checked: None,
        seconds: Callable[[], float] = lambda: 0.0,
    ) -> FixityReader:
        return FixityReader(
            self.catalog,
            self.store,
            self.settings,
            identity=identity,
            clock=self.clock,
            seconds=seconds,
            rest=rest,
            repairer=self.repairer(replica) if replica else None,
            on_check=on_check,
        )

    def recording(self, recording_id: UUID) -> Recording:
        with self.catalog.reading() as session:
            return session.get_one(Recording, recording_id)

    def original(self, recording_id: UUID) -> VersionReference:
        row = self.recording(recording_id)
        return VersionReference(Bucket.ORIGINALS, row.object_key, row.object_version)

    def checks(self) -> list[FixityCheck]:
        with self.catalog.reading() as session:
            return list(session.exec(select(FixityCheck).order_by(FixityCheck.at)).all())  # type: ignore[arg-type]

    def holds(self) -> list[Hold]:
        with self.catalog.reading() as session:
            return list(session.exec(select(Hold)).all())

    def replacements(self) -> list[Replacement]:
        with self.catalog.reading() as session:
            return list(session.exec(select(Replacement)).all())

    def events(self, action: CustodyAction) -> list[CustodyEvent]:
        with self.catalog.reading() as session:
            return list(session.exec(select(CustodyEvent).where(CustodyEvent.action == action)).all())


def remove(archive: Archive, recording_id: UUID, client: Minio | None) -> None:
    """Take a version away behind our back, as whoever is root, or may bypass governance, can."""
    reference = archive.original(recording_id)
    if isinstance(archive.store, LocalStore):
        folder = archive.store.local_path(reference).parent
        folder.chmod(0o755)
        folder.rename(archive.folder / f"taken-{reference.version_id}")
        return
    assert client is not None
    assert isinstance(archive.store, S3Store)
    from minio.deleteobjects import DeleteObject

    name = f"{archive.store._settings.bucket_prefix}-originals"
    doomed = [DeleteObject(reference.key, reference.version_id)]
    assert not list(client.remove_objects(name, doomed, bypass_governance_mode=True))


@pytest.fixture(params=["embedded", pytest.param("at scale", marks=pytest.mark.s3)])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Archive]:
    if request.param == "embedded":
        migrated: MigratedSqlite = request.getfixturevalue("migrated_sqlite")
        made = Archive(Catalog(migrated.copy(tmp_path)), LocalStore(tmp_path / "objects"), tmp_path)
        yield made
        check_sealed(made.catalog)
        made.catalog.close()
        return
    settings: S3Settings = request.getfixturevalue("bare_settings")
    store = S3Store(settings)
    store.create_buckets()
    server: MigratedPostgresql = request.getfixturevalue("migrated_postgresql")
    with server.copy() as address:
        made = Archive(Catalog(address), store, tmp_path)
        yield made
        check_sealed(made.catalog)
        made.catalog.close()


@pytest.fixture
def embedded(tmp_path: Path, migrated_sqlite: MigratedSqlite) -> Iterator[Archive]:
    made = Archive(Catalog(migrated_sqlite.copy(tmp_path)), LocalStore(tmp_path / "objects"), tmp_path)
    yield made
    check_sealed(made.catalog)
    made.catalog.close()
